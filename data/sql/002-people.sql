-- SPDX-License-Identifier: LGPL-2.1-or-later
-- What people say to each other, and who may be where. Times as in 001.

-- One history a room, whichever door a message came by: chat, party, help.
CREATE TABLE messages (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  room    INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user_id INTEGER NOT NULL DEFAULT 0,     -- 0 = no account (a party's guest)
  user    TEXT NOT NULL,
  text    TEXT NOT NULL,
  image   TEXT NOT NULL DEFAULT '',
  extra   TEXT,                           -- JSON as the client wrote it
  seen    INTEGER NOT NULL DEFAULT 0,     -- help: by the other person
  created INTEGER NOT NULL
);
CREATE INDEX messages_by_room ON messages (room, id);

-- A members' room. Its name in rooms is its hex24: titles need not differ, and
-- a name that is taken would tell that there is such a room.
CREATE TABLE member_rooms (
  room  INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
  title TEXT NOT NULL
);
CREATE TABLE invites (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (room, user)
) WITHOUT ROWID;
CREATE INDEX invites_by_user ON invites (user);
CREATE INDEX rooms_by_creator ON rooms (creator);
-- A user is in one room at a time.
CREATE TABLE joined (
  user  INTEGER PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  room  INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  since INTEGER NOT NULL
);
CREATE INDEX joined_by_room ON joined (room);

-- A question to the help desk.
CREATE TABLE help_rooms (
  room    INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
  student INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  teacher INTEGER REFERENCES users (id) ON DELETE SET NULL,
  status  INTEGER NOT NULL DEFAULT 0,     -- 0 active, 1 engaged, 2 closed
  text    TEXT NOT NULL,
  image   TEXT NOT NULL
);
CREATE INDEX help_rooms_by_student ON help_rooms (student);
CREATE INDEX help_rooms_by_teacher ON help_rooms (teacher);
CREATE INDEX help_rooms_active ON help_rooms (room) WHERE status = 0;

-- A room in which a video is watched in step.
CREATE TABLE parties (
  room  INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
  hash  TEXT NOT NULL,                    -- argon2id of the password
  video TEXT NOT NULL DEFAULT 'null'      -- JSON as the client wrote it
);

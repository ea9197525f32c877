-- SPDX-License-Identifier: LGPL-2.1-or-later
-- Times are microseconds of UTC since 1970 unless a column says otherwise.

CREATE TABLE users (
  -- ids stand in tokens, so one is never given out twice
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  hex24      TEXT NOT NULL UNIQUE,
  username   TEXT NOT NULL UNIQUE COLLATE NOCASE,
  email      TEXT,
  first_name TEXT NOT NULL DEFAULT '',
  last_name  TEXT NOT NULL DEFAULT '',
  image      TEXT NOT NULL DEFAULT '',
  hash       TEXT,                        -- argon2id; NULL = no login
  roles      INTEGER NOT NULL DEFAULT 0,  -- bits, model/role.h
  valid_from INTEGER NOT NULL DEFAULT 0,  -- s; earlier tokens are void
  created    INTEGER NOT NULL
);

CREATE TABLE rooms (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  hex24    TEXT NOT NULL UNIQUE,
  url_name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  name     TEXT NOT NULL UNIQUE,
  created  INTEGER NOT NULL,
  creator  INTEGER REFERENCES users (id) ON DELETE SET NULL,
  facets   INTEGER NOT NULL DEFAULT 0,    -- bits, model/room.h
  public   INTEGER NOT NULL DEFAULT 0,
  width    INTEGER NOT NULL DEFAULT 0,    -- 0 = the canvas
  height   INTEGER NOT NULL DEFAULT 0,
  fps_n    INTEGER NOT NULL DEFAULT 0,    -- 0 = the canvas
  fps_d    INTEGER NOT NULL DEFAULT 0,
  streams  TEXT,                          -- JSON array of names; NULL = all
  origin   INTEGER NOT NULL DEFAULT 0,    -- 0 added at run time, 1 configured
  rev      INTEGER NOT NULL DEFAULT 0     -- of the newest journal row
);

CREATE TABLE streams (
  slug    TEXT PRIMARY KEY,
  name    TEXT NOT NULL UNIQUE,
  uri     TEXT NOT NULL,
  type    TEXT NOT NULL DEFAULT '',       -- audio, video, av; '' = find out
  options TEXT NOT NULL DEFAULT '{}',     -- JSON object of strings
  created INTEGER NOT NULL,
  creator INTEGER REFERENCES users (id) ON DELETE SET NULL
) WITHOUT ROWID;

CREATE TABLE states (
  room         INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
  state        TEXT NOT NULL,             -- JSON, streams by name
  rev          INTEGER NOT NULL,
  utc          INTEGER NOT NULL,
  running_time INTEGER NOT NULL           -- ns on the shared media clock
);

CREATE TABLE layouts (
  room   INTEGER PRIMARY KEY REFERENCES rooms (id) ON DELETE CASCADE,
  layout TEXT NOT NULL,                   -- JSON as the client wrote it
  rev    INTEGER NOT NULL
);

CREATE TABLE notes (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  room    INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  utc     INTEGER NOT NULL,               -- the moment that it is about
  talk_id TEXT,
  text    TEXT NOT NULL,
  author  TEXT NOT NULL,
  created INTEGER NOT NULL
);
CREATE INDEX notes_by_room ON notes (room, id);

CREATE TABLE talks (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  key  TEXT NOT NULL,
  talk TEXT NOT NULL,                     -- JSON object
  PRIMARY KEY (room, key)
) WITHOUT ROWID;

-- What changed in a room, one row a revision: the cut log, and what a watcher
-- who comes back has missed. Clustered by room, so both read neighbours.
CREATE TABLE journal (
  room         INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  rev          INTEGER NOT NULL,
  utc          INTEGER NOT NULL,
  running_time INTEGER NOT NULL,
  user_id      INTEGER,                   -- NULL = the house itself
  user         TEXT NOT NULL,
  kind         TEXT NOT NULL,             -- state, layout, notes, talks, room
  payload      TEXT NOT NULL,             -- JSON
  PRIMARY KEY (room, rev)
) WITHOUT ROWID;

-- config.media of a room: an index stays with its stream, and is free again on
-- the day after the stream went.
CREATE TABLE media (
  room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
  idx  INTEGER NOT NULL,
  slug TEXT NOT NULL,
  gone TEXT,                              -- local day; NULL = in use
  PRIMARY KEY (room, idx)
) WITHOUT ROWID;

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisPerson:
 *
 * What others may know about a user.
 */
typedef struct {
  gint64 id;
  gchar *hex24;
  gchar *username;
} DaisPerson;

void dais_person_free (DaisPerson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisPerson, dais_person_free)

/**
 * DaisMemberRoom:
 *
 * A room as the members contract knows it. Who is invited and who is in are
 * only there where the contract tells them.
 */
typedef struct {
  gint64 id;
  gchar *hex24;
  gchar *title;
  gint64 created;      /* UTC, µs */
  DaisPerson *creator; /* (nullable) the account was removed */
  gboolean is_active;  /* somebody has joined */
  GPtrArray *invited;  /* (nullable) (element-type DaisPerson) */
  GPtrArray *joined;   /* (nullable) (element-type DaisPerson) */
} DaisMemberRoom;

void dais_member_room_free (DaisMemberRoom *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisMemberRoom, dais_member_room_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "core/video-format.h"

#include <glib.h>

G_BEGIN_DECLS

/* [server] */
typedef struct {
  gchar **listen;     /* http:// and https:// addresses */
  gchar *public_url;  /* "" = from each request */
  gchar *certificate; /* "" = none; absolute path */
  gchar *private_key; /* "" = none; absolute path */
  gchar *data_dir;    /* "" = see dais_config_get_data_dir() */
  gchar *runtime_dir; /* "" = see dais_config_get_runtime_dir() */
  DaisVideoFormat format;
  guint token_hours;
  guint members_token_hours;
  gchar **anonymous; /* names of grants */
  gchar **cors;      /* origins, or "*" */
  gchar **trusted_proxies;
  gchar *log_level; /* warning, message, info, debug */
  guint grace_seconds;
  gsize header_limit;
  gsize body_limit;
  gsize image_limit;
  gsize image_space; /* of all images together */
  gsize free_space;  /* that people's writing leaves on the disk */
  gsize message_limit;
  gsize chat_message_limit;
  gsize queue_limit;
  guint sockets_per_address;
  guint connections;
  guint recovery_seconds; /* 0 = no connection state recovery */
  guint header_timeout;   /* s */
  guint login_attempts;   /* a minute */
  guint hash_threads;     /* 0 = one a core */
  gboolean sign_up;       /* anybody may make an account */
  gboolean hide_users;    /* never tell an unknown name from a wrong password */
  gchar **video_hosts;    /* whose videos a party may begin with */
  gchar *mail_command;    /* "" = to the log; else gets mails on its input */
} DaisServerSettings;

/* [stream "Name"] */
typedef struct {
  gchar *name;
  guint line; /* of the group in the file */
  gchar *uri;
  gchar *type;         /* audio, video, av, or "" = detect */
  GHashTable *options; /* (element-type utf8 utf8) option.<name> = value */
} DaisStreamSpec;

/* [room "Name"] */
typedef struct {
  gchar *name;
  guint line;
  gchar *url_name;        /* "" = from the name */
  gchar **streams;        /* names; empty = all */
  DaisVideoFormat format; /* zeros = the server's */
  gboolean is_public;
  gchar *creator;        /* username, "" = nobody */
  gchar *party_password; /* "" = no party in it */
} DaisRoomSpec;

/**
 * DaisConfig:
 *
 * What the operator wrote, checked and typed. Reference counted; read-only once
 * the daemon runs.
 */
typedef struct _DaisConfig DaisConfig;

/* All defaults, no streams, no rooms. */
DaisConfig *dais_config_new (void);
/* NULL when anything is wrong; then every error of the file is in
 * *errors: (out) (transfer full) (element-type utf8), "dais.conf:12: …". */
DaisConfig *dais_config_load (const gchar *path, GPtrArray **errors);
DaisConfig *dais_config_ref (DaisConfig *self);
void dais_config_unref (DaisConfig *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisConfig, dais_config_unref)

/* A key of [server] from the command line; the message names the key. */
gboolean dais_config_set (
    DaisConfig *self, const gchar *key, const gchar *value, GError **error);
/* Whatever dais_config_set() was told of @other. */
gboolean
dais_config_set_as (DaisConfig *self, DaisConfig *other, GError **error);

const DaisServerSettings *dais_config_get_server (DaisConfig *self);
/* (transfer none) (element-type DaisStreamSpec), in the file's order */
GPtrArray *dais_config_get_streams (DaisConfig *self);
/* (transfer none) (element-type DaisRoomSpec), in the file's order */
GPtrArray *dais_config_get_rooms (DaisConfig *self);
/* (nullable): the file that it came from */
const gchar *dais_config_get_path (DaisConfig *self);
/* "dais.conf:12", for an error that is found later; key NULL: the group's
 * line. group as in the file: "server", "stream \"Name\"". (transfer full) */
gchar *
dais_config_locate (DaisConfig *self, const gchar *group, const gchar *key);

/* What the settings and the environment come to. (transfer full) */
gchar *dais_config_get_data_dir (DaisConfig *self);
gchar *dais_config_get_runtime_dir (DaisConfig *self);
GLogLevelFlags dais_config_get_log_level (DaisConfig *self);

/* The one table of all keys: dais check, the man page's test, the errors. */
typedef enum {
  DAIS_CONFIG_SERVER,
  DAIS_CONFIG_STREAM,
  DAIS_CONFIG_ROOM,
} DaisConfigGroup;

typedef struct {
  DaisConfigGroup group;
  const gchar *name; /* "option.*" stands for any option.<name> */
  const gchar *type; /* for people: "number", "list of addresses" … */
  const gchar *default_value; /* as it would stand in the file */
  const gchar *description;   /* one line */
} DaisConfigKey;

/* i-th key, NULL past the end. */
const DaisConfigKey *dais_config_get_key (guint i);

G_END_DECLS

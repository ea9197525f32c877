/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include <sys/stat.h>

G_BEGIN_DECLS

/* A listening SOCK_SEQPACKET socket in the file system. */
typedef struct {
  int fd;
  gchar *path;
  gboolean everybody; /* other users may connect */
  dev_t device;
  ino_t inode;
} DaisWireSocket;

gboolean dais_wire_socket_bind (
    DaisWireSocket *self, const gchar *path, guint mode, GError **error);
int dais_wire_socket_accept (DaisWireSocket *self, GError **error);
void dais_wire_socket_close (DaisWireSocket *self);

int dais_wire_socket_connect (const gchar *path, int *code);

G_END_DECLS

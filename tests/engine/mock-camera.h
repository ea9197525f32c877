/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <umockdev.h>

G_BEGIN_DECLS

/* A V4L2 camera that is not there: its ioctls are answered here, its pictures
 * (YUYV, 320x240, 30 a second, one colour) come through memory as from the
 * kernel. Only under umockdev-wrapper. */
typedef struct _MockCamera MockCamera;

MockCamera *mock_camera_new (UMockdevTestbed *bed, guint number);
void mock_camera_free (MockCamera *self);

void mock_camera_plug (MockCamera *self);
void mock_camera_unplug (MockCamera *self);
/* Another program has it. */
void mock_camera_set_busy (MockCamera *self, gboolean busy);
/* It sends no more, without a word. */
void mock_camera_set_stuck (MockCamera *self, gboolean stuck);
void mock_camera_set_colour (MockCamera *self, guint8 y, guint8 u, guint8 v);
gboolean mock_camera_is_streaming (MockCamera *self);

G_END_DECLS

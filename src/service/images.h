/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "service/house.h"

G_BEGIN_DECLS

/* Pictures that people send, beside the database. */

#define DAIS_IMAGES_PATH    "/images/"
#define DAIS_IMAGES_MAX_URL 2048
/* what "data:" and base64 add to a picture, for a body's limit */
gsize dais_images_get_max_text (DaisHouse *house);

/* image: (nullable): "", an http or https URL, a path of this server, or
 * data:image/(png|jpeg|webp|gif);base64,… which is checked and stored. Errors:
 * INVALID, TOO_LARGE, STORAGE. */
void dais_images_take_async (DaisHouse *house, const gchar *image,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
/* Returns: (transfer full): "", the URL, or a path of this server */
gchar *dais_images_take_finish (
    DaisHouse *house, GAsyncResult *result, GError **error);
/* image: one that was just stored, for something that did not happen. */
void dais_images_drop (DaisHouse *house, const gchar *image);
gboolean dais_images_is_upload (const gchar *image); /* (nullable) */
/* For a client: a path of this server becomes absolute. (transfer full) */
gchar *dais_images_make_url (const gchar *image, const gchar *base_url);

/* name: the last part of a path that was given out. Errors: NOT_FOUND. */
void dais_images_load_async (DaisHouse *house, const gchar *name,
    GCancellable *cancellable, GAsyncReadyCallback callback,
    gpointer user_data);
/* content_type: (out) (transfer none) */
GBytes *dais_images_load_finish (DaisHouse *house, GAsyncResult *result,
    const gchar **content_type, GError **error);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "net/server.h"
#include "service/house.h"

G_BEGIN_DECLS

/* /streaming/<slug>.webm|.mjpg|.jpg and /streaming/mixed/<url_name>.…; lives as
 * long as the server, to which the house must stay valid. */
void dais_media_door_install (DaisServer *server, DaisHouse *house);

G_END_DECLS

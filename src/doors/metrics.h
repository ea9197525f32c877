/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "doors/venue.h"

G_BEGIN_DECLS

/* /metrics (Prometheus text, MANAGE) and /healthz. All three stay valid as long
 * as the server runs. */
typedef struct _DaisMetricsDoor DaisMetricsDoor;

DaisMetricsDoor *dais_metrics_door_new (
    DaisServer *server, DaisHouse *house, DaisVenueDoor *venue);
void dais_metrics_door_free (DaisMetricsDoor *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DaisMetricsDoor, dais_metrics_door_free)

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * DaisError:
 * @DAIS_ERROR_FAILED: anything without a better code
 * @DAIS_ERROR_INVALID: the request is malformed
 * @DAIS_ERROR_UNAUTHENTICATED: nobody said who they are, or not believably
 * @DAIS_ERROR_DENIED: the caller is known and may not do this
 * @DAIS_ERROR_NOT_FOUND: no such room, stream, note, user
 * @DAIS_ERROR_CONFLICT: the thing exists already, or is in use
 * @DAIS_ERROR_STALE: the caller's revision is not the current one
 * @DAIS_ERROR_TOO_LARGE: a limit on size was passed
 * @DAIS_ERROR_LIMITED: too often, or too many at once
 * @DAIS_ERROR_UNAVAILABLE: an engine is down or restarting, try again
 * @DAIS_ERROR_STORAGE: the disk is full or refuses, nothing was changed
 *
 * The only error domain that crosses a part's boundary. A door maps a code to
 * its own status and body; no other part knows an HTTP number.
 */
typedef enum {
  DAIS_ERROR_FAILED,
  DAIS_ERROR_INVALID,
  DAIS_ERROR_UNAUTHENTICATED,
  DAIS_ERROR_DENIED,
  DAIS_ERROR_NOT_FOUND,
  DAIS_ERROR_CONFLICT,
  DAIS_ERROR_STALE,
  DAIS_ERROR_TOO_LARGE,
  DAIS_ERROR_LIMITED,
  DAIS_ERROR_UNAVAILABLE,
  DAIS_ERROR_STORAGE,
} DaisError;

#define DAIS_ERROR (dais_error_quark ())
GQuark dais_error_quark (void);

G_END_DECLS

/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What daemon and engines speak with each other: dais-engine.xml and the wire.
 * To be raised when one that does not know the change would misunderstand it;
 * then engines that run on are replaced at an upgrade, with a cut for their
 * viewers, and not adopted. */
#define DAIS_IPC_PROTOCOL 1

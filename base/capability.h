/* Capabilities of Linux by name, without "CAP_", as Kubernetes, Mesos and container runtimes write them. A set of them
 * has bit n for number n.
 *
 * Source: linux/capability.h up to 5.9, which is what CapabilityInfo of Mesos 1.12 knows.
 */
#ifndef BASE_CAPABILITY_H
#define BASE_CAPABILITY_H

#include <stdint.h>

#define CAPABILITIES 41
#define CAPABILITIES_ALL (((uint64_t)1 << CAPABILITIES) - 1)

const char *capability_name(int number); /* of 0 to CAPABILITIES - 1 */
/* In any case of letters. -1: there is none of that name. */
int capability_find(const char *name);

#endif

/* The rights of a process that is about to execute its file: what an isolator decided, as Mesos' launcher sets it.
 *
 * Only fewer than the sandbox itself has, and only where it may limit them (CAP_SETPCAP): else nothing is done. */
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/capability.h"
#include "tests/sandbox/runner_inner.h"

#define WORD 32

struct sets {
	struct __user_cap_header_struct head;
	struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3];
};

static int get(struct sets *s)
{
	memset(s, 0, sizeof(*s));
	s->head.version = _LINUX_CAPABILITY_VERSION_3;
	return (int)syscall(SYS_capget, &s->head, s->half);
}

static uint64_t permitted(const struct sets *s)
{
	return s->half[0].permitted | (uint64_t)s->half[1].permitted << WORD;
}

static int set(struct sets *s, uint64_t effective, uint64_t inheritable)
{
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		s->half[i].effective = s->half[i].permitted = (uint32_t)(effective >> (WORD * i));
		s->half[i].inheritable = (uint32_t)(inheritable >> (WORD * i));
	}
	return (int)syscall(SYS_capset, &s->head, s->half);
}

/* What the machine knows and we have ourselves; the rest is dropped. */
static uint64_t bound(uint64_t bounding)
{
	uint64_t left = 0;
	for (int i = 0; i < WORD * _LINUX_CAPABILITY_U32S_3; i++) {
		uint64_t bit = (uint64_t)1 << i;
		int has = prctl(PR_CAPBSET_READ, i);
		if (has < 0) {
			break;
		}
		if (!(bounding & bit)) {
			(void)prctl(PR_CAPBSET_DROP, i);
		} else if (has) {
			left |= bit;
		}
	}
	return left;
}

static void raise_ambient(uint64_t effective)
{
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	for (int i = 0; i < CAPABILITIES; i++) {
		if (effective >> i & 1) {
			(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0);
		}
	}
}

static int limit(const struct task_spec *spec)
{
	struct sets own;
	if (!spec->has_bounding || get(&own) || !(permitted(&own) >> CAP_SETPCAP & 1)) {
		return 0;
	}
	uint64_t bounding = bound(spec->bounding) & permitted(&own);
	uint64_t effective = spec->has_effective ? spec->effective & bounding : permitted(&own);
	if (set(&own, effective, bounding)) {
		return -1;
	}
	if (spec->has_effective) {
		raise_ambient(effective);
	}
	return 0;
}

int process_limit(const struct task_spec *spec)
{
	return limit(spec) || (spec->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) ? -1 : 0;
}

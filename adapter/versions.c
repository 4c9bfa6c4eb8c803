/* resourceVersions of pods: which is the newest that we know, which has a status of somebody else, and an API server
 * that goes back.
 *
 * After the restore of a backup pods are what they were, and what was stored since is gone. A pod that is shown with an
 * older version than before tells so. One of which the watch had not yet shown what we wrote is not shown again at all,
 * for it is as the watch has told: but everything is listed then.
 */
#include <string.h>

#include "adapter/core_state.h"

/* Numbers of one length or another; what is none is newer than anything. */
static bool newer(const char *version, const char *known)
{
	size_t n = strlen(version), n_known = strlen(known);
	bool numbers = strspn(version, "0123456789") == n && strspn(known, "0123456789") == n_known;
	return !numbers || n > n_known || (n == n_known && strcmp(version, known) > 0);
}

static void set_version(char out[POD_VERSION_MAX], const char *version)
{
	bool usable = version && strlen(version) < POD_VERSION_MAX;
	snprintf(out, POD_VERSION_MAX, "%s", usable ? version : "");
}

void pod_version_seen(struct core *core, struct pod *pod, const char *version)
{
	if (!version || !newer(version, pod->version)) {
		return;
	}
	set_version(pod->version, version);
	if (pod->conflict) {
		pod->conflict = false;
		pod->patch_ms = core->now;
		pod_touch(core, pod);
	}
}

bool version_went_back(const char *version, const char *known)
{
	return version && known && newer(known, version) && !newer(version, known);
}

void pod_status_made(struct pod *pod, const char *version)
{
	set_version(pod->wrote, version);
	pod->shown_hash = 0;
	pod_status_shown(pod); /* the watch may have been quicker than the answer */
}

/* What it shows of our own version is what the API server makes of our words. */
void pod_status_shown(struct pod *pod)
{
	const char *shown = pod->spec->resource_version;
	if (shown && pod->wrote[0] && strcmp(shown, pod->wrote) == 0) {
		pod->shown_hash = pod->spec->status_hash;
	}
}

bool pod_status_is_others(const struct pod *pod)
{
	uint64_t hash = pod->spec->status_hash;
	return pod->wrote[0] && version_went_back(pod->wrote, pod->spec->resource_version) && pod->stored_hash &&
	       hash != pod->stored_hash && hash != pod->shown_hash;
}

/* No update is acknowledged before. */
void pod_store_again(struct core *core, struct pod *pod)
{
	pod->generation = ++core->last_generation;
	for (size_t i = 0; i < pod->n_tasks; i++) {
		pod->tasks[i].generation = pod->generation;
	}
}

/* What was stored is to be stored again, on the version that is there now. */
void pod_taken_back(struct core *core, struct pod *pod, const char *version)
{
	set_version(pod->version, version);
	pod->written = pod->unshown = pod->conflict = pod->awaits_version = false;
	pod->stored_hash = 0;
	pod->wrote[0] = '\0';
	pod->patch_ms = core->now;
	pod_store_again(core, pod);
	pod_touch(core, pod);
}

/* Others schedule it. */
static bool is_foreign(const struct core *core, const struct pod *pod)
{
	const char *scheduler = pod->spec->scheduler_name;
	return core->cfg.scheduler && scheduler && strcmp(scheduler, core->cfg.scheduler) != 0;
}

/* A write that no list or watch has shown may be newer than this list, or was taken back. To do it once more is right
 * in either case: a status and an annotation name the version that they are for, a deletion the uid. */
void pods_listed_again(struct core *core, bool foreign)
{
	LIST_EACH (&core->pod_list, link) {
		struct pod *pod = LIST_ENTRY(link, struct pod, all);
		if (is_foreign(core, pod) != foreign) {
			continue; /* it stands in the other list */
		}
		if (pod->unshown) {
			pod_taken_back(core, pod, pod->spec->resource_version);
		}
		pod->patching_hash = 0;
		if (pod->unbound || (pod->agent && !pod->spec->node_name)) {
			pod_binding_taken_back(core, pod);
		}
		if (pod->removing || pod->evicting || (pod->adopting && !pod->spec->agent_id)) {
			pod->removing = pod->evicting = pod->adopting = false;
			pod_touch(core, pod);
		}
	}
}

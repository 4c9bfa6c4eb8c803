/* Rows of claims, volumes and their classes. */
#include <string.h>

#include "base/buf.h"
#include "base/js.h"
#include "tests/sandbox/kube/table_inner.h"

#define MODES_MAX 64

/* "RWO,ROX" */
static void add_modes(json_t *cells, const json_t *list)
{
	static const char *const names[][2] = {
	    {"ReadWriteOnce", "RWO"}, {"ReadOnlyMany", "ROX"}, {"ReadWriteMany", "RWX"}, {"ReadWriteOncePod", "RWOP"}};
	CLEANUP_BUF struct buf b = BUF_INIT(MODES_MAX);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < json_array_size(list); k++) {
			const char *mode = json_string_value(json_array_get(list, k));
			if (mode && strcmp(mode, names[i][0]) == 0) {
				buf_printf(&b, "%s%s", b.len ? "," : "", names[i][1]);
			}
		}
	}
	table_text(cells, buf_str(&b), "");
}

static void add_phase(json_t *cells, const json_t *o)
{
	bool leaving = js_str_at(o, "metadata", "deletionTimestamp", NULL) != NULL;
	table_text(cells, leaving ? "Terminating" : js_str_at(o, "status", "phase", NULL), "");
}

static void add_age(json_t *cells, const json_t *o, int64_t now_ms)
{
	char age[TABLE_AGE_MAX];
	table_text(cells, table_age(o, now_ms, age), "");
}

static const struct table_column CLAIM_COLUMNS[] = {{"Name", "string", 0},
						    {"Status", "string", 0},
						    {"Volume", "string", 0},
						    {"Capacity", "string", 0},
						    {"Access Modes", "string", 0},
						    {"StorageClass", "string", 0},
						    {"VolumeAttributesClass", "string", 0},
						    {"Age", "string", 0},
						    {"VolumeMode", "string", 1},
						    {0}};

static void claim_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec"), *status = js_obj(o, "status");
	const char *volume = js_str(spec, "volumeName");
	bool named = volume && *volume;
	table_text(cells, js_str_at(o, "metadata", "name", NULL), "");
	add_phase(cells, o);
	table_text(cells, volume, "");
	table_text(cells, named ? js_str_at(status, "capacity", "storage", NULL) : "", "");
	add_modes(cells, named ? js_arr(status, "accessModes") : NULL);
	table_text(cells, js_str(spec, "storageClassName"), "");
	table_text(cells, js_str(spec, "volumeAttributesClassName"), "<unset>");
	add_age(cells, o, now_ms);
	table_text(cells, js_str(spec, "volumeMode"), "<unset>");
}

static const struct table_column VOLUME_COLUMNS[] = {
    {"Name", "string", 0},	   {"Capacity", "string", 0},
    {"Access Modes", "string", 0}, {"Reclaim Policy", "string", 0},
    {"Status", "string", 0},	   {"Claim", "string", 0},
    {"StorageClass", "string", 0}, {"VolumeAttributesClass", "string", 0},
    {"Reason", "string", 0},	   {"Age", "string", 0},
    {"VolumeMode", "string", 1},   {0}};

static void volume_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const json_t *spec = js_obj(o, "spec"), *claim = js_obj(spec, "claimRef");
	table_text(cells, js_str_at(o, "metadata", "name", NULL), "");
	table_text(cells, js_str_at(spec, "capacity", "storage", NULL), "");
	add_modes(cells, js_arr(spec, "accessModes"));
	table_text(cells, js_str(spec, "persistentVolumeReclaimPolicy"), "");
	add_phase(cells, o);
	if (claim) {
		table_format(cells, "%s/%s", js_str(claim, "namespace") ?: "", js_str(claim, "name") ?: "");
	} else {
		table_text(cells, "", "");
	}
	table_text(cells, js_str(spec, "storageClassName"), "");
	table_text(cells, js_str(spec, "volumeAttributesClassName"), "<unset>");
	table_text(cells, js_str_at(o, "status", "reason", NULL), "");
	add_age(cells, o, now_ms);
	table_text(cells, js_str(spec, "volumeMode"), "<unset>");
}

static const struct table_column CLASS_COLUMNS[] = {{"Name", "string", 0},
						    {"Provisioner", "string", 0},
						    {"ReclaimPolicy", "string", 0},
						    {"VolumeBindingMode", "string", 0},
						    {"AllowVolumeExpansion", "string", 0},
						    {"Age", "string", 0},
						    {0}};

static void class_row(json_t *cells, const json_t *o, int64_t now_ms)
{
	const char *chosen =
	    js_str_at(o, "metadata", "annotations", "storageclass.kubernetes.io/is-default-class", NULL);
	table_format(cells, "%s%s", js_str_at(o, "metadata", "name", NULL) ?: "",
		     chosen && strcmp(chosen, "true") == 0 ? " (default)" : "");
	table_text(cells, js_str(o, "provisioner"), "");
	table_text(cells, js_str(o, "reclaimPolicy"), "Delete");
	table_text(cells, js_str(o, "volumeBindingMode"), "Immediate");
	json_array_append_new(cells, json_boolean(js_bool(o, "allowVolumeExpansion", false)));
	add_age(cells, o, now_ms);
}

const struct table_printer TABLE_STORAGE[] = {
    {"persistentvolumeclaims", CLAIM_COLUMNS, claim_row},
    {"persistentvolumes", VOLUME_COLUMNS, volume_row},
    {"storageclasses", CLASS_COLUMNS, class_row},
    {0},
};

/* Reading a pod's JSON tree with types, places and limits; shared by the files of the pod decoder.
 *
 * Every getter leaves its output alone and returns 0 when the key is absent or null, and returns -1 with one sentence
 * that names the pod and the place ("pod default/web: spec.containers[web].image: not a string") when it is malformed.
 * Strings are copied into the pod's arena.
 */
#ifndef KUBE_POD_READ_H
#define KUBE_POD_READ_H

#include "kube/pod.h"
#include "kube/pod_fields.h"

#define POD_PATH_MAX 256 /* longer paths are cut */
#define POD_LIST_MAX 65536

/* A place in the tree: a chain of members and list elements, rendered only when somebody asks. */
struct where {
	const struct where *up;
	const char *key;  /* NULL: an element of the list `up` */
	const char *name; /* of the element; NULL: its index is shown */
	size_t index;
};

struct pod_reader {
	struct kube_pod *pod;
	struct kube_refused *refused; /* the pod's, or an ephemeral container's */
	char *block;		      /* where the next string goes */
	size_t block_left;
	size_t structs, strings; /* bytes asked for, so that a second pass takes no more than it needs */
	bool bound;		 /* it has a node */
	struct kube_container_status *ephemeral_statuses; /* until the containers are read */
	size_t n_ephemeral_statuses;
	const json_t *metadata, *spec; /* borrowed */
	struct kube_seccomp seccomp;   /* of the pod */
	const char *ns, *name;	       /* for errors; borrowed from the tree */
	struct err *e;
};

/* Returns out. */
const char *where_text(const struct where *at, char out[POD_PATH_MAX]);
/* "pod NS/NAME: PATH: sentence"; returns -1. */
int reader_error(struct pod_reader *r, enum err_code code, const struct where *at, const char *key, const char *fmt,
		 ...) __attribute__((format(printf, 5, 6)));

/* NULL with the error set when the pod takes more than POD_BYTES_MAX. */
void *reader_alloc(struct pod_reader *r, size_t count, size_t size);
const char *reader_copy(struct pod_reader *r, const char *s);

int read_str(struct pod_reader *r, const struct where *at, json_t *o, const char *key, const char **ret);
int read_int(struct pod_reader *r, const struct where *at, json_t *o, const char *key, int64_t min, int64_t max,
	     int64_t *ret);
int read_bool(struct pod_reader *r, const struct where *at, json_t *o, const char *key, bool *ret);
int read_time(struct pod_reader *r, const struct where *at, json_t *o, const char *key, int64_t *ret_ms);
/* Borrowed from the tree; NULL when absent. */
int read_list(struct pod_reader *r, const struct where *at, json_t *o, const char *key, json_t **ret);
int read_object(struct pod_reader *r, const struct where *at, json_t *o, const char *key, json_t **ret);
/* A list of strings. */
int read_strs(struct pod_reader *r, const struct where *at, json_t *o, const char *key, const char *const **ret,
	      size_t *ret_n);
/* An object whose values are strings. */
int read_pairs(struct pod_reader *r, const struct where *at, json_t *o, const char *key, struct kube_pair **ret,
	       size_t *ret_n);

/* Left alone when absent; refused when it is none. */
int read_restart_policy(struct pod_reader *r, const struct where *at, json_t *o, enum pod_restart_policy *ret);

/* Put a path into `refused`; `hint` (may be NULL) follows it in brackets. */
int reader_refuse(struct pod_reader *r, const struct where *at, const char *hint);
/* Refuse what the table of fields does not allow in this object. */
int reader_check_fields(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o);
/* … in the object that is its member `key`. */
int reader_check_member(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o, const char *key);

/* The parts of a pod, each in its own file. */
int pod_read_pull_policy(struct pod_reader *r, const struct where *at, json_t *o, const char *key, bool *ret_always);
/* Of a container: its requests and limits. */
int pod_read_resources(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
/* Of the pod; those that it has as a whole after its containers, for a limit is the request where none request. */
int pod_read_whole(struct pod_reader *r, const struct where *spec_at, json_t *spec);
int pod_read_overhead(struct pod_reader *r, const struct where *spec_at, json_t *spec);
int pod_read_containers(struct pod_reader *r, const struct where *spec_at, json_t *spec);
/* The scope has its members. */
int pod_read_container(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o,
		       struct kube_container *c);
bool container_name_good(const char *name); /* a DNS label */
/* After all else: what they take, nothing else lacks. Never fails. */
void pod_read_ephemeral(struct pod_reader *r, json_t *spec);
/* Names that it wants resolved, and who resolves others; after its network. */
int pod_read_names(struct pod_reader *r, const struct where *spec_at, json_t *spec);
/* Before the containers. */
int pod_read_volumes(struct pod_reader *r, const struct where *spec_at, json_t *spec);
int pod_read_mounts(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
void pod_mark_first_mounts(struct kube_pod *pod); /* after them */
/* What probes and hooks have in common. The command of `exec`; at least one word, or it is refused. */
int pod_read_exec(struct pod_reader *r, enum pod_scope scope, const struct where *at, json_t *o,
		  const char *const **ret, size_t *ret_n);
/* Path (with a slash before it) and scheme of `httpGet`. */
int pod_read_page(struct pod_reader *r, json_t *o, const char **ret_path, bool *ret_https);
/* A port that is asked: of the container `c`, by name, or a number. */
int pod_read_port(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_container *c, int *ret);
/* Left alone when there is none; a loopback address is refused: the adapter is to ask. */
int pod_read_host(struct pod_reader *r, const struct where *at, json_t *o, const char **ret);
int pod_read_headers(struct pod_reader *r, const struct where *at, json_t *o, const struct kube_pair **ret,
		     size_t *ret_n);
int pod_read_probes(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
/* A fieldRef or resourceFieldRef. */
int pod_read_field_ref(struct pod_reader *r, const struct where *at, json_t *o, struct kube_value_from *from);
int pod_read_resource_ref(struct pod_reader *r, const struct where *at, json_t *o, struct kube_value_from *from);
int pod_read_env(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
/* Of the pod; before the containers. */
int pod_read_pod_security(struct pod_reader *r, const struct where *spec_at, json_t *spec);
int pod_read_security(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
int pod_read_restarts(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
int pod_read_hooks(struct pod_reader *r, const struct where *at, json_t *container, struct kube_container *c);
int pod_read_status(struct pod_reader *r, json_t *status);
/* After it: the hash of the status and the conditions. */
int pod_read_report(struct pod_reader *r, json_t *status);

#endif

#include "translate/expand.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "translate/working_dir.h"

#define SUB_PATH_MAX 4096

/* What one call of expand_container works with. */
struct expander {
	const struct kube_pod *pod;
	const struct kube_container *container;
	const struct pod_site *site; /* may be NULL */
	struct map by_name;	     /* of struct variable */
	struct expanded x;
	struct err *e;
};

/* ---- texts ---- */

/* One "$(NAME)" at s; returns what follows it, NULL when it is none or names no variable. */
static const char *take_reference(const struct expander *p, const char *s, struct buf *b, bool *ret_secret,
				  int *ret_bad)
{
	const char *end = s[1] == '(' ? strchr(s, ')') : NULL;
	if (!end) {
		return NULL;
	}
	CLEANUP_FREE char *name = xstrndup(s + 2, (size_t)(end - s - 2));
	const struct variable *v = map_get(&p->by_name, name);
	if (!v) {
		*ret_bad |= buf_append(b, s, (size_t)(end + 1 - s));
		return end + 1;
	}
	*ret_secret |= v->secret;
	*ret_bad |= buf_puts(b, v->value);
	return end + 1;
}

/* NULL when it becomes too long. */
static char *expand(const struct expander *p, const char *text, bool *ret_secret)
{
	struct buf b = BUF_INIT(EXPANDED_TEXT_MAX);
	int bad = 0;
	while (*text && !bad) {
		const char *after = *text == '$' ? take_reference(p, text, &b, ret_secret, &bad) : NULL;
		if (after) {
			text = after;
		} else if (text[0] == '$' && text[1] == '$') {
			bad = buf_putc(&b, '$');
			text += 2;
		} else {
			size_t n = 1 + strcspn(text + 1, "$");
			bad = buf_append(&b, text, n);
			text += n;
		}
	}
	char *whole = buf_steal(&b, NULL);
	if (bad) {
		free(whole);
		return NULL;
	}
	return whole;
}

static int count(struct expander *p, size_t n)
{
	p->x.bytes += n;
	return p->x.bytes > EXPANDED_BYTES_MAX ? -1 : 0;
}

/* ---- variables ---- */

static void wipe(struct variable *v)
{
	if (v->secret) {
		mem_free_secret(v->value);
	} else {
		free(v->value);
	}
	v->value = NULL;
}

/* Takes the value. */
static int set(struct expander *p, const char *name, char *value, bool secret)
{
	struct variable *v = map_get(&p->by_name, name);
	if (v) {
		wipe(v);
	} else {
		v = xcalloc(1, sizeof(*v));
		v->name = xstrdup(name);
		p->x.env = mem_grow(p->x.env, &p->x.cap_env, p->x.n_env + 1, sizeof(*p->x.env));
		p->x.env[p->x.n_env++] = v;
		map_put(&p->by_name, v->name, v);
	}
	v->value = value;
	v->secret = secret;
	size_t n = strlen(value);
	if (n > EXPANDED_TEXT_MAX || count(p, n)) {
		return err_set(p->e, ERR_UNSUPPORTED, "env[%.64s]: too long after expansion", name);
	}
	return 0;
}

static int set_datum(struct expander *p, const char *name, const struct kube_datum *datum, bool secret)
{
	if (memchr(datum->bytes, '\0', datum->n)) {
		return err_set(p->e, ERR_UNSUPPORTED, "env[%.64s]: its value holds a NUL, which no variable can", name);
	}
	return set(p, name, xstrndup((const char *)datum->bytes, datum->n), secret);
}

static const struct kube_source *source(const struct expander *p, const struct kube_source_ref *ref)
{
	return p->site ? kube_sources_find(&p->site->sources, ref) : NULL;
}

static int no_source(const struct expander *p, const struct kube_source_ref *ref)
{
	return err_set(p->e, ERR_NOT_FOUND, "%s \"%.253s\" not found", kube_source_kind_name(ref->kind), ref->name);
}

/* ---- services ---- */

static int set_services(struct expander *p, const struct kube_source_ref *ref)
{
	const struct kube_source *from = source(p, ref);
	for (size_t i = 0; from && i < from->n; i++) {
		if (set_datum(p, from->items[i].key, &from->items[i], false)) {
			return -1;
		}
	}
	return 0;
}

/* The API's own service hides one of the same name in the pod's namespace. */
static int set_all_services(struct expander *p)
{
	struct kube_source_ref own = {KUBE_SOURCE_SERVICES, p->pod->ns, ""};
	struct kube_source_ref api = {KUBE_SOURCE_SERVICE, KUBE_API_NAMESPACE, KUBE_API_SERVICE};
	return (p->pod->service_links && set_services(p, &own)) || set_services(p, &api);
}

/* ---- envFrom ---- */

static int set_whole(struct expander *p, const struct kube_env_from *from)
{
	struct kube_source_ref ref = {from->secret ? KUBE_SOURCE_SECRET : KUBE_SOURCE_CONFIGMAP, p->pod->ns,
				      from->name};
	const struct kube_source *object = source(p, &ref);
	if (!object) {
		return !p->site || from->optional ? 0 : no_source(p, &ref);
	}
	for (size_t i = 0; i < object->n; i++) {
		if (object->items[i].binary) {
			continue;
		}
		CLEANUP_FREE char *name = xasprintf("%s%s", from->prefix, object->items[i].key);
		if (set_datum(p, name, &object->items[i], from->secret)) {
			return -1;
		}
	}
	return 0;
}

/* ---- env ---- */

static int set_key(struct expander *p, const char *name, const struct kube_value_from *from)
{
	bool secret = from->kind == KUBE_VALUE_SECRET;
	struct kube_source_ref ref = {secret ? KUBE_SOURCE_SECRET : KUBE_SOURCE_CONFIGMAP, p->pod->ns, from->object};
	const struct kube_source *object = source(p, &ref);
	const struct kube_datum *datum = object ? kube_source_find(object, from->key) : NULL;
	if (datum && !datum->binary) {
		return set_datum(p, name, datum, secret);
	}
	if (!p->site || from->optional) {
		return 0;
	}
	return object ? err_set(p->e, ERR_NOT_FOUND, "couldn't find key %.253s in %s %s/%.253s", from->key,
				secret ? "Secret" : "ConfigMap", p->pod->ns, from->object)
		      : no_source(p, &ref);
}

static int set_late(struct expander *p, const char *name, enum kube_late_field field)
{
	static const char *const names[] = {[KUBE_LATE_NODE_NAME] = "spec.nodeName",
					    [KUBE_LATE_HOST_IP] = "status.hostIP",
					    [KUBE_LATE_POD_IP] = "status.podIP"};
	const struct pod_site *s = p->site;
	const char *value = !s				   ? ""
			    : field == KUBE_LATE_NODE_NAME ? s->node_name
			    : field == KUBE_LATE_HOST_IP   ? s->host_ip
							   : s->pod_ip;
	return value ? set(p, name, xstrdup(value), false)
		     : err_set(p->e, ERR_NOT_FOUND, "env[%.64s]: %s is not known", name, names[field]);
}

static const struct kube_container *container_named(const struct kube_pod *pod, const char *name)
{
	for (size_t i = 0; i < pod->n_containers + pod->n_init_containers; i++) {
		const struct kube_container *c =
		    i < pod->n_containers ? &pod->containers[i] : &pod->init_containers[i - pod->n_containers];
		if (!strcmp(c->name, name)) {
			return c;
		}
	}
	return NULL;
}

static int64_t rounded_up(__int128 value, int64_t divisor)
{
	return (int64_t)((value + divisor - 1) / divisor);
}

char *expand_resource(const struct kube_pod *pod, const struct kube_container *own, const struct kube_value_from *from,
		      const struct pod_site *site)
{
	const struct kube_container *c = from->object ? container_named(pod, from->object) : own;
	if (!c) {
		return NULL;
	}
	bool cpu = !strcmp(from->key, "cpu"), memory = !strcmp(from->key, "memory");
	const struct kube_amounts *a = from->limit ? &c->limits : &c->requests;
	int64_t value = cpu ? a->cpu_milli : memory ? a->memory : a->ephemeral_storage;
	if (value <= 0 && from->limit && pod->resources) {
		a = &pod->resources->limits;
		value = cpu ? a->cpu_milli : memory ? a->memory : a->ephemeral_storage;
	}
	if (value <= 0 && from->limit && site) {
		value = cpu ? site->cpu_milli : memory ? site->memory : site->ephemeral_storage;
	}
	value = value > 0 ? value : 0;
	int64_t units = rounded_up((__int128)value * (cpu ? 1 : 1000), from->divisor_milli);
	return xasprintf("%lld", (long long)units);
}

static int set_resource(struct expander *p, const char *name, const struct kube_value_from *from)
{
	char *text = expand_resource(p->pod, p->container, from, p->site);
	return text ? set(p, name, text, false)
		    : err_set(p->e, ERR_UNSUPPORTED, "env[%.64s]: container %.63s not found", name, from->object);
}

static int set_variable(struct expander *p, const struct kube_env *env)
{
	bool secret = false;
	if (!env->from || *env->value) {
		char *value = expand(p, env->value, &secret);
		return value ? set(p, env->name, value, secret)
			     : err_set(p->e, ERR_UNSUPPORTED, "env[%.64s]: too long after expansion", env->name);
	}
	switch (env->from->kind) {
	case KUBE_VALUE_TEXT:
		return set(p, env->name, xstrdup(env->from->key), false);
	case KUBE_VALUE_CONFIGMAP:
	case KUBE_VALUE_SECRET:
		return set_key(p, env->name, env->from);
	case KUBE_VALUE_LATE:
		return set_late(p, env->name, env->from->late);
	case KUBE_VALUE_RESOURCE:
		return set_resource(p, env->name, env->from);
	}
	return 0;
}

static int set_environment(struct expander *p)
{
	const struct kube_container *c = p->container;
	if (set_all_services(p)) {
		return -1;
	}
	for (size_t i = 0; i < c->n_env_from; i++) {
		if (set_whole(p, &c->env_from[i])) {
			return -1;
		}
	}
	for (size_t i = 0; i < c->n_env; i++) {
		if (set_variable(p, &c->env[i])) {
			return -1;
		}
	}
	return 0;
}

/* ---- command and arguments ---- */

static int expand_list(struct expander *p, const char *const *texts, size_t n, const char *place, char **out)
{
	bool secret = false; /* the arguments of a process are no secret, whatever stands in them */
	for (size_t i = 0; i < n; i++) {
		out[i] = expand(p, texts[i], &secret);
		if (!out[i] || count(p, strlen(out[i]))) {
			return err_set(p->e, ERR_UNSUPPORTED, "%s[%zu]: too long after expansion", place, i);
		}
	}
	return 0;
}

/* Unlike elsewhere, a name of no variable does not stay as it is. Where the path leads is seen at the start: the API
 * server refuses what the field itself says, and annotations that a variable holds may be mended until then. */
static int expand_sub_path(struct expander *p, const struct kube_mount *m, char **ret)
{
	bool secret = false;
	CLEANUP_FREE char *text = expand(p, m->sub_path, &secret);
	if (!text || strlen(text) > SUB_PATH_MAX || secret || (p->site && strstr(text, "$("))) {
		return err_set(p->e, ERR_UNSUPPORTED, "volumeMounts[%.128s].subPathExpr: %s", m->path,
			       !text || strlen(text) > SUB_PATH_MAX ? "too long after expansion"
			       : secret				    ? "it would show what a Secret holds"
								    : "it names what is no variable of the container");
	}
	if (p->site && (text[0] == '/' || path_climbs(text))) {
		return err_set(p->e, ERR_UNSUPPORTED, "volumeMounts[%.128s].subPathExpr: not a path below the volume",
			       m->path);
	}
	CLEANUP_FREE char *cleaned = path_clean(text);
	*ret = cleaned[1] ? xstrdup(cleaned + 1) : NULL;
	return 0;
}

static int expand_sub_paths(struct expander *p)
{
	const struct kube_container *c = p->container;
	p->x.sub_paths = xcalloc(c->n_mounts, sizeof(*p->x.sub_paths));
	p->x.n_sub_paths = c->n_mounts;
	for (size_t i = 0; i < c->n_mounts; i++) {
		const struct kube_mount *m = &c->mounts[i];
		if (m->sub_path && !m->expand) {
			p->x.sub_paths[i] = xstrdup(m->sub_path);
		} else if (m->sub_path && expand_sub_path(p, m, &p->x.sub_paths[i])) {
			return -1;
		}
	}
	return 0;
}

int expand_container(const struct kube_pod *pod, const struct kube_container *c, const struct pod_site *site,
		     struct expanded *ret, struct err *e)
{
	struct expander p = {.pod = pod, .container = c, .site = site, .by_name = MAP_INIT, .e = e};
	const char *enter[WORKING_DIR_WORDS];
	size_t n_enter = working_dir_words(c->working_dir, enter);
	p.x.n_command = n_enter + c->n_command;
	p.x.command = xcalloc(p.x.n_command, sizeof(*p.x.command));
	for (size_t i = 0; i < n_enter; i++) {
		p.x.command[i] = xstrdup(enter[i]);
	}
	p.x.args = xcalloc(c->n_args, sizeof(*p.x.args));
	p.x.n_args = c->n_args;
	int bad = set_environment(&p) || expand_list(&p, c->command, c->n_command, "command", p.x.command + n_enter) ||
		  expand_list(&p, c->args, c->n_args, "args", p.x.args) || expand_sub_paths(&p);
	map_done(&p.by_name);
	if (bad) {
		expanded_done(&p.x);
		return -1;
	}
	*ret = p.x;
	return 0;
}

void expanded_done(struct expanded *x)
{
	for (size_t i = 0; i < x->n_env; i++) {
		wipe(x->env[i]);
		free(x->env[i]->name);
		free(x->env[i]);
	}
	free(x->env);
	texts_free(x->command, x->n_command);
	texts_free(x->args, x->n_args);
	texts_free(x->sub_paths, x->n_sub_paths);
	*x = (struct expanded){0};
}

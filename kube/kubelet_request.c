#include "kube/kubelet_request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/timefmt.h"

#define SEGMENTS_MAX 5
#define NODES "nodes"

enum { GET = 1, POST = 2, HEAD = 4 };

/* Segments after the first: which of them are there tells which names they are. */
enum shape { SHAPE_NONE, SHAPE_POD, SHAPE_CONTAINER, SHAPE_LOGS };

static const char *const proxy[] = {"proxy", NULL};
static const char *const pods_then_proxy[] = {"pods", "proxy", NULL};
static const char *const healthz_then_proxy[] = {"healthz", "proxy", NULL};
static const char *const configz_then_proxy[] = {"configz", "proxy", NULL};
static const char *const stats[] = {"stats", NULL};
static const char *const metrics[] = {"metrics", NULL};

static const struct verb_row {
	const char *path;
	enum shape shape;
	unsigned methods;
	const char *const *subresources;
} rows[KUBELET_VERBS] = {
    [KUBELET_CONTAINER_LOGS] = {"containerLogs", SHAPE_LOGS, GET | HEAD, proxy},
    [KUBELET_EXEC] = {"exec", SHAPE_CONTAINER, GET | POST, proxy},
    [KUBELET_ATTACH] = {"attach", SHAPE_CONTAINER, GET | POST, proxy},
    [KUBELET_PORT_FORWARD] = {"portForward", SHAPE_POD, GET | POST, proxy},
    [KUBELET_RUN] = {"run", SHAPE_CONTAINER, POST, proxy},
    [KUBELET_PODS] = {"pods", SHAPE_NONE, GET | HEAD, pods_then_proxy},
    [KUBELET_RUNNING_PODS] = {"runningpods/", SHAPE_NONE, GET | HEAD, pods_then_proxy},
    [KUBELET_STATS_SUMMARY] = {"stats/summary", SHAPE_NONE, GET | POST | HEAD, stats},
    [KUBELET_METRICS] = {"metrics", SHAPE_NONE, GET | HEAD, metrics},
    [KUBELET_METRICS_RESOURCE] = {"metrics/resource", SHAPE_NONE, GET | HEAD, metrics},
    [KUBELET_METRICS_CADVISOR] = {"metrics/cadvisor", SHAPE_NONE, GET | HEAD, metrics},
    [KUBELET_HEALTHZ] = {"healthz", SHAPE_NONE, GET | HEAD, healthz_then_proxy},
    [KUBELET_CONFIGZ] = {"configz", SHAPE_NONE, GET | HEAD, configz_then_proxy},
};

const char *const *kubelet_request_subresources(enum kubelet_verb verb)
{
	return rows[verb].subresources;
}

const char *kubelet_request_access_verb(enum kubelet_verb verb)
{
	bool acts =
	    verb == KUBELET_EXEC || verb == KUBELET_ATTACH || verb == KUBELET_PORT_FORWARD || verb == KUBELET_RUN;
	return acts ? "create" : "get";
}

void kubelet_request_done(struct kubelet_request *r)
{
	free(r->node);
	free(r->ns);
	free(r->pod);
	free(r->uid);
	free(r->container);
	for (size_t i = 0; i < r->n_command; i++) {
		free(r->command[i]);
	}
	free(r->command);
	*r = (struct kubelet_request){0};
}

/* ---- texts ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent signs, and in a query plus signs, undone; NULL when that is broken or leaves a NUL. */
static char *unescape(const char *s, size_t n, bool query)
{
	char *out = xcalloc(1, n + 1);
	size_t len = 0;
	for (size_t i = 0; i < n; i++) {
		char c = s[i];
		if (c == '%') {
			int high = i + 2 < n ? hex(s[i + 1]) : -1;
			int low = i + 2 < n ? hex(s[i + 2]) : -1;
			if (high < 0 || low < 0 || high + low == 0) {
				free(out);
				return NULL;
			}
			c = (char)(high << 4 | low);
			i += 2;
		} else if (query && c == '+') {
			c = ' ';
		}
		out[len++] = c;
	}
	return out;
}

/* A name that a path may hold: as DNS has it, which leaves no room for tricks. */
static bool is_name(const char *s)
{
	size_t n = strlen(s);
	for (size_t i = 0; i < n; i++) {
		if (!islower((unsigned char)s[i]) && !isdigit((unsigned char)s[i]) && s[i] != '-' && s[i] != '.') {
			return false;
		}
	}
	return n > 0 && n <= 253 && s[0] != '.' && s[n - 1] != '.' && !strstr(s, "..");
}

/* ---- path ---- */

static char **name_of(struct kubelet_request *r, enum shape shape, size_t i, size_t n)
{
	bool uid = (shape == SHAPE_POD && n == 3) || (shape == SHAPE_CONTAINER && n == 4);
	char **with_uid[] = {&r->ns, &r->pod, &r->uid, &r->container};
	char **without[] = {&r->ns, &r->pod, &r->container};
	return uid ? with_uid[i] : without[i];
}

static bool count_fits(enum shape shape, size_t n)
{
	switch (shape) {
	case SHAPE_POD:
		return n == 2 || n == 3;
	case SHAPE_CONTAINER:
		return n == 3 || n == 4;
	case SHAPE_LOGS:
		return n == 3;
	case SHAPE_NONE:
		break;
	}
	return false;
}

static bool take_names(struct kubelet_request *r, enum shape shape, const char *p, const char *end)
{
	char *names[SEGMENTS_MAX];
	size_t n = 0;
	bool well = true;
	while (well && p < end && n < SEGMENTS_MAX) {
		const char *slash = memchr(p, '/', (size_t)(end - p));
		const char *stop = slash ? slash : end;
		names[n] = unescape(p, (size_t)(stop - p), false);
		well = names[n] && is_name(names[n]) && stop + 1 != end;
		n++;
		p = stop + 1;
	}
	well = well && p > end && count_fits(shape, n);
	for (size_t i = 0; i < n; i++) {
		if (well) {
			*name_of(r, shape, i, n) = names[i];
		} else {
			free(names[i]);
		}
	}
	return well;
}

static bool starts(const char *s, size_t n, const char *prefix)
{
	size_t len = strlen(prefix);
	return n > len && strncmp(s, prefix, len) == 0 && s[len] == '/';
}

static bool take_verb(struct kubelet_request *r, const char *path, size_t n, bool of_node)
{
	for (int v = 0; v < KUBELET_VERBS; v++) {
		const struct verb_row *row = &rows[v];
		r->verb = (enum kubelet_verb)v;
		if (row->shape == SHAPE_NONE) {
			if (strlen(row->path) == n && strncmp(path, row->path, n) == 0) {
				return true;
			}
		} else if (!of_node && starts(path, n, row->path)) {
			return take_names(r, row->shape, path + strlen(row->path) + 1, path + n);
		}
	}
	return false;
}

static bool take_path(struct kubelet_request *r, const char *path, size_t n)
{
	if (!starts(path, n, NODES)) {
		return take_verb(r, path, n, false);
	}
	const char *name = path + sizeof(NODES), *end = path + n;
	const char *slash = memchr(name, '/', (size_t)(end - name));
	r->node = slash ? unescape(name, (size_t)(slash - name), false) : NULL;
	return r->node && is_name(r->node) && take_verb(r, slash + 1, (size_t)(end - slash - 1), true);
}

/* ---- query ---- */

static int bad_value(struct err *e, const char *key, const char *value)
{
	return err_set(e, ERR_INVALID, "invalid value %.100s of parameter %s", value, key);
}

static int take_number(const char *key, const char *value, int64_t *ret, struct err *e)
{
	char *end;
	long long n = strtoll(value, &end, 10);
	if (!isdigit((unsigned char)value[0]) || *end || n < 0 || n > INT64_MAX / 1000) {
		return bad_value(e, key, value);
	}
	*ret = n;
	return 0;
}

static int take_stream(const char *value, enum kubelet_log_stream *ret, struct err *e)
{
	static const char *const names[] = {"All", "Stdout", "Stderr"};
	for (int i = 0; i < 3; i++) {
		if (strcmp(value, names[i]) == 0) {
			*ret = (enum kubelet_log_stream)i;
			return 0;
		}
	}
	return bad_value(e, "stream", value);
}

static bool truth(const char *value)
{
	return strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static int take_log_option(struct kubelet_log_options *o, const char *key, const char *value, struct err *e)
{
	if (strcmp(key, "follow") == 0) {
		o->follow = truth(value);
	} else if (strcmp(key, "previous") == 0) {
		o->previous = truth(value);
	} else if (strcmp(key, "timestamps") == 0) {
		o->timestamps = truth(value);
	} else if (strcmp(key, "sinceSeconds") == 0) {
		return take_number(key, value, &o->since_s, e);
	} else if (strcmp(key, "tailLines") == 0) {
		return take_number(key, value, &o->tail, e);
	} else if (strcmp(key, "limitBytes") == 0) {
		return take_number(key, value, &o->limit_bytes, e);
	} else if (strcmp(key, "sinceTime") == 0) {
		return time_parse(value, &o->since_ms) < 0 ? bad_value(e, key, value) : 0;
	} else if (strcmp(key, "stream") == 0) {
		return take_stream(value, &o->stream, e);
	}
	return 0;
}

/* Mesos takes words as JSON has them. */
static int take_word(struct kubelet_request *r, const char *word, struct err *e)
{
	CLEANUP_JSON json_t *text = json_string(word);
	if (!text) {
		return err_set(e, ERR_INVALID, "a word of the command is not UTF-8, and Mesos runs no other");
	}
	if (r->n_command >= KUBELET_COMMAND_MAX) {
		return err_set(e, ERR_LIMIT, "a command of more than %d words", KUBELET_COMMAND_MAX);
	}
	r->command = xrealloc(r->command, (r->n_command + 2) * sizeof(*r->command));
	r->command[r->n_command++] = xstrdup(word);
	r->command[r->n_command] = NULL;
	return 0;
}

/* The command of /run is one text, cut at blanks as a kubelet does. */
static int take_line(struct kubelet_request *r, const char *line, struct err *e)
{
	CLEANUP_FREE char *copy = xstrdup(line);
	char *save = NULL;
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (take_word(r, word, e) < 0) {
			return -1;
		}
	}
	return 0;
}

static int take_stream_option(struct kubelet_request *r, const char *key, const char *value, struct err *e)
{
	bool one = strcmp(value, "1") == 0; /* "true" is not */
	if (strcmp(key, "command") == 0 && r->verb == KUBELET_EXEC) {
		return take_word(r, value, e);
	}
	if (strcmp(key, "input") == 0) {
		r->input = one;
	} else if (strcmp(key, "output") == 0) {
		r->output = one;
	} else if (strcmp(key, "error") == 0) {
		r->error = one;
	} else if (strcmp(key, "tty") == 0) {
		r->tty = one;
	}
	return 0;
}

/* "80,443", as often as it stands there. */
static int take_ports(struct kubelet_request *r, const char *value, struct err *e)
{
	for (const char *p = value; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		char *end;
		unsigned long port = isdigit((unsigned char)*p) ? strtoul(p, &end, 10) : 0;
		if (!port || (*end && *end != ',') || port > UINT16_MAX) {
			return bad_value(e, "port", value);
		}
		if (r->n_ports >= KUBELET_PORTS_MAX) {
			return err_set(e, ERR_LIMIT, "more than %d ports", KUBELET_PORTS_MAX);
		}
		r->ports[r->n_ports++] = (uint16_t)port;
	}
	return 0;
}

static int take_parameter(struct kubelet_request *r, const char *key, const char *value, struct err *e)
{
	switch (r->verb) {
	case KUBELET_CONTAINER_LOGS:
		return take_log_option(&r->log, key, value, e);
	case KUBELET_EXEC:
	case KUBELET_ATTACH:
		return take_stream_option(r, key, value, e);
	case KUBELET_PORT_FORWARD:
		return strcmp(key, "port") == 0 ? take_ports(r, value, e) : 0;
	case KUBELET_RUN:
		return strcmp(key, "cmd") == 0 ? take_line(r, value, e) : 0;
	case KUBELET_STATS_SUMMARY:
		if (strcmp(key, "only_cpu_and_memory") == 0) {
			r->only_cpu_and_memory = truth(value);
		}
		return 0;
	default:
		return 0;
	}
}

static int take_query(struct kubelet_request *r, const char *query, struct err *e)
{
	while (*query) {
		size_t n = strcspn(query, "&");
		size_t key_n = strcspn(query, "=&");
		CLEANUP_FREE char *key = unescape(query, key_n, true);
		CLEANUP_FREE char *value = key_n < n ? unescape(query + key_n + 1, n - key_n - 1, true) : xstrdup("");
		if (!key || !value) {
			return err_set(e, ERR_INVALID, "a parameter is escaped wrongly");
		}
		if (take_parameter(r, key, value, e) < 0) {
			return -1;
		}
		query += n + (query[n] == '&');
	}
	return 0;
}

/* ---- the whole ---- */

static unsigned method_bit(const char *method)
{
	return strcmp(method, "GET") == 0    ? GET
	       : strcmp(method, "POST") == 0 ? POST
	       : strcmp(method, "HEAD") == 0 ? HEAD
					     : 0;
}

static int check(struct kubelet_request *r, struct err *e)
{
	bool streams = r->verb == KUBELET_EXEC || r->verb == KUBELET_ATTACH;
	r->error = r->error && !r->tty;
	if (streams && !r->input && !r->output && !r->error) {
		return err_set(e, ERR_INVALID, "you must specify at least 1 of stdin, stdout, stderr");
	}
	if ((r->verb == KUBELET_EXEC || r->verb == KUBELET_RUN) && !r->n_command) {
		return err_set(e, ERR_INVALID, "you must specify a command");
	}
	if (r->log.since_s >= 0 && r->log.since_ms >= 0) {
		return err_set(e, ERR_INVALID, "at most one of sinceSeconds and sinceTime may be specified");
	}
	return 0;
}

static int refuse(struct kubelet_request *r, int *ret_status, int status)
{
	kubelet_request_done(r);
	*ret_status = status;
	return -1;
}

int kubelet_request_parse(const char *method, const char *target, struct kubelet_request *ret, int *ret_status,
			  struct err *e)
{
	struct kubelet_request r = {.log = {.since_s = -1, .tail = -1, .limit_bytes = -1, .since_ms = -1}};
	const char *query = strchr(target, '?');
	size_t path_n = query ? (size_t)(query - target) : strlen(target);
	if (strlen(target) > KUBELET_TARGET_MAX) {
		err_set(e, ERR_LIMIT, "the request's target is longer than %d bytes", KUBELET_TARGET_MAX);
		return refuse(&r, ret_status, 414);
	}
	if (target[0] != '/' || !take_path(&r, target + 1, path_n - 1)) {
		err_set(e, ERR_NOT_FOUND, "404 page not found");
		return refuse(&r, ret_status, 404);
	}
	if (!(rows[r.verb].methods & method_bit(method))) {
		err_set(e, ERR_INVALID, "405: Method Not Allowed");
		return refuse(&r, ret_status, 405);
	}
	if (take_query(&r, query ? query + 1 : "", e) < 0) {
		return refuse(&r, ret_status, r.verb == KUBELET_CONTAINER_LOGS ? 422 : 400);
	}
	if (check(&r, e) < 0) {
		return refuse(&r, ret_status, r.verb == KUBELET_CONTAINER_LOGS ? 422 : 400);
	}
	*ret = r;
	return 0;
}

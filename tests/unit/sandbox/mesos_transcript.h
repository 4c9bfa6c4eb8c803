/* Reads the transcript of a recorded scenario: one step per line, in time order.
 *
 *   [    0.002] >>> 01-subscribe POST 5050/api/v1/scheduler {'Accept': 'application/json'} {"type": "SUBSCRIBE"}
 *   [    0.009]     01-subscribe <- 200 OK {'Mesos-Stream-Id': '8247fda8'}
 *   [    0.012]     01-subscribe <- record 20 bytes: {"type":"HEARTBEAT"}
 *   [    0.013]     01-subscribe: end of chunked body
 *   [    1.023]     -> 202 Accepted {'Content-Length': '0'} body=b''
 *   [    1.411]     >>> chunk {"type": "ATTACH_CONTAINER_INPUT"}
 *   [    3.923]     >>> last chunk
 *   [    1.014] # a remark
 */
#ifndef TESTS_SANDBOX_MESOS_TRANSCRIPT_H
#define TESTS_SANDBOX_MESOS_TRANSCRIPT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "tests/sandbox/http.h"

#define STEP_HEADERS_MAX 16

enum step_kind {
	STEP_OTHER,
	STEP_REMARK,
	STEP_REQUEST,
	STEP_HEAD,
	STEP_RECORD,
	STEP_END,
	STEP_ANSWER,
	STEP_CHUNK,
	STEP_LAST
};

struct step {
	enum step_kind kind;
	double at; /* seconds */
	char *line;
	char *label, *method, *path, *text; /* text: body, record or remark */
	int status, port;
	struct sandbox_header headers[STEP_HEADERS_MAX];
	size_t n_headers;
	char *names; /* memory of the headers */
};

struct transcript {
	struct step *steps;
	size_t n, cap;
};

/* A Python bytes literal or plain text, without its escapes. */
static inline char *transcript_unquote(const char *s)
{
	if (s[0] != 'b' || (s[1] != '\'' && s[1] != '"')) {
		return xstrdup(s);
	}
	char quote = s[1], *out = xmalloc(strlen(s) + 1), *to = out;
	for (s += 2; *s && *s != quote; s++) {
		if (*s != '\\') {
			*to++ = *s;
		} else if (*++s == 'x') {
			char hex[3] = {s[1], s[1] ? s[2] : 0, 0};
			*to++ = (char)strtol(hex, NULL, 16);
			s += 2;
		} else {
			*to++ = (char)(*s == 'n' ? '\n' : *s == 'r' ? '\r' : *s == 't' ? '\t' : *s);
		}
	}
	*to = 0;
	return out;
}

/* {'Name': 'value', ...}; returns what follows. */
static inline const char *transcript_headers(const char *s, struct step *step)
{
	const char *end = strchr(s, '}');
	if (*s != '{' || !end) {
		return s;
	}
	step->names = xstrndup(s + 1, (size_t)(end - s - 1));
	for (char *p = strchr(step->names, '\''); p && step->n_headers < STEP_HEADERS_MAX;) {
		char *name_end = strchr(p + 1, '\'');
		char *value = name_end ? strchr(name_end + 1, '\'') : NULL;
		char *value_end = value ? strchr(value + 1, '\'') : NULL;
		if (!value_end) {
			break;
		}
		*name_end = *value_end = 0;
		step->headers[step->n_headers++] = (struct sandbox_header){p + 1, value + 1};
		p = strchr(value_end + 1, '\'');
	}
	return end + 1 + (end[1] == ' ');
}

static inline void transcript_request(const char *s, struct step *step)
{
	char label[128], method[16], path[1024];
	int n = 0;
	if (sscanf(s, "%127s %15s %1023s %n", label, method, path, &n) != 3 || !strchr(path, '/')) {
		return;
	}
	step->kind = STEP_REQUEST;
	step->label = xstrdup(label);
	step->method = xstrdup(method);
	step->port = (int)strtol(path, NULL, 10);
	step->path = xstrdup(strchr(path, '/'));
	step->text = transcript_unquote(transcript_headers(s + n, step));
}

static inline void transcript_answer(const char *s, struct step *step)
{
	const char *body = strstr(s, " b'") ? strstr(s, " b'") : strstr(s, " b\"");
	const char *named = strstr(s, "body=");
	const char *dict = strchr(s, '{');
	step->kind = STEP_ANSWER;
	step->status = (int)strtol(s, NULL, 10);
	if (dict && (!body || dict < body) && (!named || dict < named)) {
		transcript_headers(dict, step);
	}
	step->text = transcript_unquote(named ? named + 5 : body ? body + 1 : "");
}

static inline void transcript_stream(const char *s, struct step *step)
{
	const char *arrow = strstr(s, " <- "), *record = strstr(s, " <- record "),
		   *end = strstr(s, ": end of chunked body");
	if (record && strchr(record, '{')) {
		step->kind = STEP_RECORD;
		step->label = xstrndup(s, (size_t)(record - s));
		step->text = xstrdup(strstr(record, ": ") + 2);
	} else if (arrow && arrow[4] >= '1' && arrow[4] <= '5') {
		step->kind = STEP_HEAD;
		step->label = xstrndup(s, (size_t)(arrow - s));
		step->status = (int)strtol(arrow + 4, NULL, 10);
		transcript_headers(strchr(arrow, '{') ? strchr(arrow, '{') : "", step);
	} else if (end) {
		step->kind = STEP_END;
		step->label = xstrndup(s, (size_t)(end - s));
	}
}

static inline void transcript_line(struct transcript *t, const char *line)
{
	struct step step = {.line = xstrdup(line)};
	char *after;
	step.at = strtod(line + 1, &after);
	const char *s = after + strspn(after, "] ");
	if (s[0] == '#') {
		step.kind = STEP_REMARK;
		step.text = xstrdup(s + 1 + strspn(s + 1, " -"));
	} else if (strncmp(s, ">>> chunk ", 10) == 0) {
		step.kind = STEP_CHUNK;
		step.text = xstrdup(s + 10);
	} else if (strcmp(s, ">>> last chunk") == 0) {
		step.kind = STEP_LAST;
	} else if (strncmp(s, ">>> ", 4) == 0) {
		transcript_request(s + 4, &step);
	} else if (strncmp(s, "-> ", 3) == 0) {
		transcript_answer(s + 3, &step);
	} else {
		transcript_stream(s, &step);
	}
	t->steps = mem_grow(t->steps, &t->cap, t->n + 1, sizeof(*t->steps));
	t->steps[t->n++] = step;
}

/* Long bodies are cut in the transcript; they stand whole in LABEL.req, behind the head. */
static inline void transcript_whole_body(const char *folder, struct step *step)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s.req", folder, step->label);
	FILE *f = fopen(path, "r");
	if (!f) {
		return;
	}
	char *raw = xcalloc(1, (size_t)1 << 16);
	size_t n = fread(raw, 1, ((size_t)1 << 16) - 1, f);
	const char *body = strstr(raw, "\r\n\r\n");
	if (n > 0 && body) {
		free(step->text);
		step->text = xstrdup(body + 4);
	}
	free(raw);
	fclose(f);
}

static inline int transcript_load(struct transcript *t, const char *folder)
{
	CLEANUP_FREE char *path = xasprintf("%s/transcript.txt", folder);
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	*t = (struct transcript){0};
	while (f && getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\n")] = 0;
		if (line[0] == '[') {
			transcript_line(t, line);
		}
	}
	free(line);
	if (f) {
		fclose(f);
	}
	for (size_t i = 0; i < t->n; i++) {
		if (t->steps[i].kind == STEP_REQUEST) {
			transcript_whole_body(folder, &t->steps[i]);
		}
	}
	return f && t->n > 0 ? 0 : -1;
}

static inline void transcript_done(struct transcript *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct step *s = &t->steps[i];
		free(s->line);
		free(s->label);
		free(s->method);
		free(s->path);
		free(s->text);
		free(s->names);
	}
	free(t->steps);
	*t = (struct transcript){0};
}

#endif

/* /api/v1/scheduler: the calls of frameworks. */
#include <stdlib.h>
#include <string.h>

#include "base/js.h"
#include "base/mem.h"
#include "base/text.h"
#include "tests/sandbox/mesos/calls.h"
#include "tests/sandbox/mesos/model.h"

/* The field that a call of a type must have; NULL: none. */
static const struct {
	const char *type, *field;
} needed[] = {{"TEARDOWN", NULL},
	      {"ACCEPT", "accept"},
	      {"DECLINE", "decline"},
	      {"ACCEPT_INVERSE_OFFERS", "accept_inverse_offers"},
	      {"DECLINE_INVERSE_OFFERS", "decline_inverse_offers"},
	      {"REVIVE", NULL},
	      {"KILL", "kill"},
	      {"SHUTDOWN", "shutdown"},
	      {"ACKNOWLEDGE", "acknowledge"},
	      {"ACKNOWLEDGE_OPERATION_STATUS", "acknowledge_operation_status"},
	      {"RECONCILE", "reconcile"},
	      {"RECONCILE_OPERATIONS", "reconcile_operations"},
	      {"MESSAGE", "message"},
	      {"REQUEST", "request"},
	      {"SUPPRESS", NULL},
	      {"UPDATE_FRAMEWORK", "update_framework"}};

static char *principal_differs(const char *principal, const json_t *info)
{
	const char *own = js_str(info, "principal");
	return principal && own && strcmp(principal, own) != 0
		   ? xasprintf("Authenticated principal '%s' does not match principal '%s' set in `FrameworkInfo`",
			       principal, own)
		   : NULL;
}

static char *info_invalid(const json_t *call, const char *field, const char *principal)
{
	const json_t *info = js_at(call, field, "framework_info", NULL);
	if (!js_obj(call, field)) {
		return xasprintf("Expecting '%s' to be present", field);
	}
	if (!text_equal(js_str_at(call, "framework_id", "value", NULL), js_str_at(info, "id", "value", NULL))) {
		return xasprintf("'framework_id' differs from '%s.framework_info.id'", field);
	}
	return principal_differs(principal, info);
}

/* 16 bytes of the RFC 4122 variant. */
static bool uuid_valid(const char *base64)
{
	char bad;
	size_t n = 0;
	CLEANUP_FREE char *bytes = ids_base64_decode(base64, &n, &bad);
	return bytes && n == 16 && ((unsigned char)bytes[8] & 0xc0) == 0x80;
}

static char *call_invalid(const json_t *call, const char *principal)
{
	const char *type = js_str(call, "type");
	if (!type) {
		return xstrdup("Expecting 'type' to be present");
	}
	if (strcmp(type, "SUBSCRIBE") == 0) {
		return info_invalid(call, "subscribe", principal);
	}
	if (!js_obj(call, "framework_id")) {
		return xstrdup("Expecting 'framework_id' to be present");
	}
	if (strcmp(type, "UPDATE_FRAMEWORK") == 0) {
		return info_invalid(call, "update_framework", principal);
	}
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		if (strcmp(needed[i].type, type) == 0 && needed[i].field && !js_obj(call, needed[i].field)) {
			return xasprintf("Expecting '%s' to be present", needed[i].field);
		}
	}
	if (strcmp(type, "ACKNOWLEDGE") == 0 && !uuid_valid(js_str_at(call, "acknowledge", "uuid", NULL))) {
		return xstrdup("Not a valid UUID");
	}
	return NULL;
}

static struct framework *subscriber(struct mesos_cluster *c, const json_t *info, bool *ret_was_connected)
{
	const char *id = js_str_at(info, "id", "value", NULL);
	struct framework *f = map_get(&c->frameworks_by_id, id);
	*ret_was_connected = f && f->connected;
	if (!f) {
		return framework_add(c, id, info);
	}
	if (f->forgotten) {
		f->forgotten = false;
		f->registered_ms = c->now;
	}
	return f;
}

static void resend_updates(struct framework *f)
{
	LIST_EACH (&f->tasks, l) {
		struct task *t = LIST_ENTRY(l, struct task, in_framework);
		t->retry_ms = f->c->config.update_retry_ms;
		task_resend(t, f->c->now);
	}
}

static void subscribe(struct mesos_cluster *c, const json_t *call, struct sandbox_response *res)
{
	const json_t *sub = js_obj(call, "subscribe"), *info = js_obj(sub, "framework_info");
	bool was_connected = false, limit = c->n_frameworks >= MESOS_FRAMEWORKS_MAX;
	CLEANUP_FREE char *why = limit ? xstrdup("Too many frameworks for the sandbox")
				       : framework_invalid(c, info, js_arr(sub, "suppressed_roles"));
	struct framework *f = why ? NULL : subscriber(c, info, &was_connected);
	struct sandbox_stream *s = stream_open(f);
	char refused_id[UUID_TEXT_SIZE];
	res->status = 200;
	sandbox_response_header(res, "Content-Type", "application/json");
	res->stream = sandbox_stream_ref(s);
	if (!f) {
		ids_uuid(&c->ids, refused_id);
		sandbox_response_header(res, "Mesos-Stream-Id", refused_id);
		framework_send_error(s, why);
		s->ended = true;
		sandbox_stream_wake(s);
		sandbox_stream_unref(s);
		return;
	}
	framework_apply(f, info, js_arr(sub, "suppressed_roles"), js_obj(sub, "offer_constraints"));
	framework_connect(f, s);
	sandbox_response_header(res, "Mesos-Stream-Id", f->stream_id);
	resend_updates(f);
	/* A framework that only changed its connection waits for the next allocation. */
	if (!was_connected) {
		allocate(c);
	}
}

static void set_suppressed(struct framework *f, const json_t *roles, bool suppressed)
{
	size_t i;
	json_t *name;
	for (size_t k = 0; json_array_size(roles) == 0 && k < f->n_roles; k++) {
		f->roles[k].suppressed = suppressed;
		if (!suppressed) {
			filters_clear(&f->roles[k]);
		}
	}
	json_array_foreach (roles, i, name) {
		struct framework_role *r = framework_role(f, json_string_value(name));
		if (r) {
			r->suppressed = suppressed;
		}
		if (r && !suppressed) {
			filters_clear(r);
		}
	}
}

static void drop_offers_of_lost_roles(struct framework *f)
{
	LIST_EACH (&f->offers, l) {
		struct offer *o = LIST_ENTRY(l, struct offer, in_framework);
		if (!framework_role(f, o->role)) {
			offer_rescind(o);
		}
	}
}

static char *update_invalid(struct framework *f, const json_t *update)
{
	const json_t *info = js_obj(update, "framework_info");
	char *why = framework_invalid(f->c, info, js_arr(update, "suppressed_roles"));
	const char *user = js_str(info, "user"), *old = js_str(f->info, "user");
	if (why) {
		return why;
	}
	if (strcmp(user, old) != 0) {
		return xasprintf("Updating 'FrameworkInfo.user' is unsupported; attempted to update from '%s' to '%s'",
				 old, user);
	}
	if (js_bool(info, "checkpoint", false) != f->checkpoint) {
		return xasprintf(
		    "Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from '%s' to '%s'",
		    f->checkpoint ? "true" : "false", f->checkpoint ? "false" : "true");
	}
	return NULL;
}

static void update_framework(struct framework *f, const json_t *update, struct sandbox_response *res)
{
	CLEANUP_FREE char *why = update_invalid(f, update);
	if (why) {
		CLEANUP_FREE char *text = xasprintf("FrameworkInfo update is not valid: %s", why);
		api_text(res, 400, text);
		return;
	}
	framework_apply(f, js_obj(update, "framework_info"), js_arr(update, "suppressed_roles"),
			js_obj(update, "offer_constraints"));
	drop_offers_of_lost_roles(f);
	res->status = 200;
}

static void shut_down(struct framework *f, const json_t *shutdown)
{
	struct mesos_agent *a = agent_find(f->c, js_str_at(shutdown, "agent_id", "value", NULL));
	const char *id = js_str_at(shutdown, "executor_id", "value", NULL);
	struct executor *x = a && agent_reachable(a) ? executor_find(a, f->id, id) : NULL;
	if (x) {
		executor_shutdown(x);
	}
}

static void perform(struct framework *f, const char *type, const json_t *call, struct sandbox_response *res)
{
	res->status = 202;
	if (strcmp(type, "ACKNOWLEDGE") == 0) {
		call_acknowledge(f, js_obj(call, "acknowledge"));
	} else if (strcmp(type, "ACCEPT") == 0) {
		call_accept(f, js_obj(call, "accept"));
	} else if (strcmp(type, "DECLINE") == 0) {
		call_decline(f, js_obj(call, "decline"));
	} else if (strcmp(type, "ACCEPT_INVERSE_OFFERS") == 0) {
		call_answer_inverse(f, js_obj(call, "accept_inverse_offers"), "ACCEPT");
	} else if (strcmp(type, "DECLINE_INVERSE_OFFERS") == 0) {
		call_answer_inverse(f, js_obj(call, "decline_inverse_offers"), "DECLINE");
	} else if (strcmp(type, "KILL") == 0) {
		call_kill(f, js_obj(call, "kill"));
	} else if (strcmp(type, "RECONCILE") == 0) {
		call_reconcile(f, js_obj(call, "reconcile"));
	} else if (strcmp(type, "RECONCILE_OPERATIONS") == 0) {
		call_reconcile_operations(f, js_obj(call, "reconcile_operations"));
	} else if (strcmp(type, "REVIVE") == 0) {
		set_suppressed(f, js_arr(js_obj(call, "revive"), "roles"), false);
		inverse_revived(f);
		allocate(f->c);
	} else if (strcmp(type, "SUPPRESS") == 0) {
		set_suppressed(f, js_arr(js_obj(call, "suppress"), "roles"), true);
	} else if (strcmp(type, "UPDATE_FRAMEWORK") == 0) {
		update_framework(f, js_obj(call, "update_framework"), res);
	} else if (strcmp(type, "SHUTDOWN") == 0) {
		shut_down(f, js_obj(call, "shutdown"));
	} else if (strcmp(type, "TEARDOWN") == 0) {
		framework_remove(f);
	}
}

static void of_subscriber(struct mesos_cluster *c, const struct sandbox_request *req, const json_t *call,
			  const char *principal, struct sandbox_response *res)
{
	struct framework *f = framework_find(c, js_str_at(call, "framework_id", "value", NULL));
	const char *stream_id = sandbox_request_header(req, "Mesos-Stream-Id");
	if (!f) {
		api_text(res, 400, "Framework cannot be found");
		return;
	}
	CLEANUP_FREE char *differs = principal_differs(principal, f->info);
	if (differs) {
		api_text(res, 400, differs);
	} else if (!f->connected) {
		api_text(res, 403, "Framework is not subscribed");
	} else if (!stream_id) {
		api_text(res, 400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
	} else if (strcmp(stream_id, f->stream_id) != 0) {
		CLEANUP_FREE char *text =
		    xasprintf("The stream ID '%s' included in this request didn't match the stream ID "
			      "currently associated with framework ID %s",
			      stream_id, f->id);
		api_text(res, 400, text);
	} else if (strcmp(js_str(call, "type"), "UNKNOWN") == 0) {
		api_text(res, 501, "501 Not Implemented.");
	} else {
		perform(f, js_str(call, "type"), call, res);
	}
}

void scheduler_handle(struct mesos_cluster *c, const struct sandbox_request *req, struct sandbox_response *res)
{
	const char *principal;
	if (api_authenticate(c, req, res, "mesos-master-scheduler", &principal) || api_check_method(req, res, "POST")) {
		return;
	}
	CLEANUP_JSON json_t *call = api_call(req, res, &call_message_scheduler);
	if (!call) {
		return;
	}
	CLEANUP_FREE char *why = call_invalid(call, principal);
	if (why) {
		CLEANUP_FREE char *text = xasprintf("Failed to validate scheduler::Call: %s", why);
		api_text(res, 400, text);
	} else if (!api_accepts_json(req)) {
		api_text(res, 406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'");
	} else if (strcmp(js_str(call, "type"), "SUBSCRIBE") != 0) {
		of_subscriber(c, req, call, principal, res);
	} else if (sandbox_request_header(req, "Mesos-Stream-Id")) {
		api_text(res, 400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
	} else {
		subscribe(c, call, res);
	}
}

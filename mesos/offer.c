#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "mesos/types.h"
#include "mesos/wire.h"

#define ATTRIBUTE_TEXT_MAX 65536

void mesos_offer_free(struct mesos_offer *offer)
{
	if (!offer) {
		return;
	}
	free(offer->id);
	free(offer->agent_id);
	free(offer->hostname);
	free(offer->role);
	free(offer->agent_ip);
	free(offer->region);
	free(offer->zone);
	for (size_t i = 0; i < offer->n_attributes; i++) {
		free(offer->attributes[i].name);
		free(offer->attributes[i].text);
	}
	free(offer->attributes);
	mesos_resources_done(&offer->resources);
	free(offer);
}

static int append_scalar(struct buf *out, const json_t *o, struct err *e)
{
	double value;
	if (!wire_double(js_at(o, "scalar", "value", NULL), &value)) {
		return err_set(e, ERR_INVALID, "scalar without a number");
	}
	return buf_printf(out, "%.15g", value);
}

static int append_ranges(struct buf *out, const json_t *o, struct err *e)
{
	size_t i;
	json_t *one;
	buf_putc(out, '[');
	json_array_foreach (js_arr(js_obj(o, "ranges"), "range"), i, one) {
		uint64_t begin, end;
		if (!wire_u64(json_object_get(one, "begin"), &begin) || !wire_u64(json_object_get(one, "end"), &end)) {
			return err_set(e, ERR_INVALID, "range %zu without two numbers", i);
		}
		if (buf_printf(out, "%s%" PRIu64 "-%" PRIu64, i ? "," : "", begin, end) < 0) {
			return -1;
		}
	}
	return buf_putc(out, ']');
}

static int append_set(struct buf *out, const json_t *o, struct err *e)
{
	size_t i;
	json_t *one;
	buf_putc(out, '{');
	json_array_foreach (js_arr(js_obj(o, "set"), "item"), i, one) {
		if (!json_is_string(one)) {
			return err_set(e, ERR_INVALID, "item %zu of the set is not text", i);
		}
		if ((i && buf_putc(out, ',') < 0) || buf_puts(out, json_string_value(one)) < 0) {
			return -1;
		}
	}
	return buf_putc(out, '}');
}

static int append_text(struct buf *out, const json_t *o, struct err *e)
{
	const char *text = js_str_at(o, "text", "value", NULL);
	if (!text) {
		return err_set(e, ERR_INVALID, "text without a value");
	}
	return buf_puts(out, text);
}

static int append_attribute(struct buf *out, const json_t *o, struct err *e)
{
	static const struct {
		const char *type;
		int (*append)(struct buf *out, const json_t *o, struct err *e);
	} types[] = {{"TEXT", append_text}, {"SCALAR", append_scalar}, {"RANGES", append_ranges}, {"SET", append_set}};
	const char *type = js_str(o, "type");
	for (size_t i = 0; type && i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(type, types[i].type) == 0) {
			return types[i].append(out, o, e);
		}
	}
	return err_set(e, ERR_INVALID, "unknown type \"%.64s\"", type ? type : "");
}

static int decode_attribute(const json_t *o, struct mesos_attribute *ret, struct err *e)
{
	const char *name = js_str(o, "name");
	if (!name || !*name) {
		return err_set(e, ERR_INVALID, "attribute without a name");
	}
	struct buf text CLEANUP_BUF = BUF_INIT(ATTRIBUTE_TEXT_MAX);
	struct err why = {0};
	if (append_attribute(&text, o, &why) < 0) {
		if (why.code == ERR_NONE) {
			err_set(&why, ERR_LIMIT, "longer than %d bytes", ATTRIBUTE_TEXT_MAX);
		}
		return err_set(e, why.code, "attribute %.64s: %s", name, why.text);
	}
	*ret = (struct mesos_attribute){.name = xstrdup(name), .text = xstrdup(buf_str(&text))};
	return 0;
}

static int decode_attributes(const json_t *o, struct mesos_offer *offer, struct err *e)
{
	const json_t *array = js_arr(o, "attributes");
	size_t n = json_array_size(array);
	if (n > MESOS_ATTRIBUTES_MAX) {
		return err_set(e, ERR_LIMIT, "%zu attributes, at most %d are taken", n, MESOS_ATTRIBUTES_MAX);
	}
	offer->attributes = n ? xcalloc(n, sizeof(*offer->attributes)) : NULL;
	for (size_t i = 0; i < n; i++) {
		if (decode_attribute(json_array_get(array, i), &offer->attributes[i], e) < 0) {
			return -1;
		}
		offer->n_attributes++;
	}
	return 0;
}

static char *dup_text(const char *s)
{
	return s && *s ? xstrdup(s) : NULL;
}

static void decode_place(const json_t *o, struct mesos_offer *offer)
{
	const json_t *address = js_at(o, "url", "address", NULL);
	const json_t *fault = js_at(o, "domain", "fault_domain", NULL);
	uint64_t port;
	offer->agent_ip = dup_text(js_str(address, "ip"));
	if (wire_u64(json_object_get(address, "port"), &port) && port <= UINT16_MAX) {
		offer->agent_port = (int)port;
	}
	const char *scheme = js_str_at(o, "url", "scheme", NULL);
	offer->agent_https = scheme && strcmp(scheme, "https") == 0;
	offer->unavailable = js_obj(o, "unavailability") != NULL;
	offer->region = dup_text(js_str_at(fault, "region", "name", NULL));
	offer->zone = dup_text(js_str_at(fault, "zone", "name", NULL));
}

static int decode_into(const json_t *o, struct mesos_offer *offer, struct err *e)
{
	const char *agent_id = wire_id(o, "agent_id");
	const char *hostname = js_str(o, "hostname");
	const char *role = js_str_at(o, "allocation_info", "role", NULL);
	if (!agent_id || !hostname) {
		return err_set(e, ERR_INVALID, "no %s", agent_id ? "hostname" : "agent id");
	}
	offer->agent_id = xstrdup(agent_id);
	offer->hostname = xstrdup(hostname);
	offer->role = xstrdup(role ? role : "*");
	decode_place(o, offer);
	if (decode_attributes(o, offer, e) < 0) {
		return -1;
	}
	return mesos_resources_decode(json_object_get(o, "resources"), &offer->resources, e);
}

struct mesos_offer *mesos_offer_decode(const json_t *object, struct err *e)
{
	const char *id = wire_id(object, "id");
	if (!id) {
		err_set(e, ERR_INVALID, "offer without an id");
		return NULL;
	}
	struct mesos_offer *offer = xcalloc(1, sizeof(*offer));
	offer->id = xstrdup(id);
	if (decode_into(object, offer, e) < 0) {
		err_wrap(e, "offer %.128s", id);
		mesos_offer_free(offer);
		return NULL;
	}
	return offer;
}

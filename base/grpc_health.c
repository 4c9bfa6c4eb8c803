#include "base/grpc_health.h"

#include <string.h>

#define PREFIX_BYTES 5
#define SERVING 1

enum wire { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

/* ---- asking ---- */

static void put_varint(struct buf *b, uint64_t v)
{
	for (; v >= 0x80; v >>= 7) {
		buf_putc(b, (char)(v | 0x80));
	}
	buf_putc(b, (char)v);
}

void grpc_health_ask(const char *service, struct buf *ret)
{
	CLEANUP_BUF struct buf message = BUF_INIT(GRPC_SERVICE_MAX + 16);
	size_t n = strlen(service);
	if (n) {
		buf_putc(&message, 1 << 3 | WIRE_BYTES);
		put_varint(&message, n);
		buf_append(&message, service, n);
	}
	buf_putc(ret, 0);
	for (int shift = 24; shift >= 0; shift -= 8) {
		buf_putc(ret, (char)(message.len >> shift));
	}
	buf_append(ret, message.data, message.len);
}

/* ---- reading ---- */

struct reader {
	const unsigned char *at, *end;
};

static bool read_varint(struct reader *r, uint64_t *ret)
{
	uint64_t v = 0;
	for (unsigned shift = 0; r->at < r->end && shift < 64; shift += 7) {
		unsigned char byte = *r->at++;
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool skip(struct reader *r, uint64_t wire)
{
	uint64_t n = 0;
	switch (wire) {
	case WIRE_VARINT:
		return read_varint(r, &n);
	case WIRE_FIXED64:
		n = 8;
		break;
	case WIRE_FIXED32:
		n = 4;
		break;
	case WIRE_BYTES:
		if (!read_varint(r, &n)) {
			return false;
		}
		break;
	default:
		return false;
	}
	if (n > (uint64_t)(r->end - r->at)) {
		return false;
	}
	r->at += n;
	return true;
}

int grpc_health_read(const char *bytes, size_t n, int64_t *ret_status, struct err *e)
{
	const unsigned char *p = (const unsigned char *)bytes;
	uint64_t status = 0, key;
	if (n < PREFIX_BYTES || p[0] ||
	    n - PREFIX_BYTES != ((size_t)p[1] << 24 | (size_t)p[2] << 16 | (size_t)p[3] << 8 | p[4])) {
		return err_set(e, ERR_PROTOCOL, "the answer is no message of gRPC");
	}
	struct reader r = {p + PREFIX_BYTES, p + n};
	while (r.at < r.end) {
		bool good = read_varint(&r, &key);
		if (good && key == (1 << 3 | WIRE_VARINT)) {
			good = read_varint(&r, &status);
		} else if (good) {
			good = skip(&r, key & 7);
		}
		if (!good) {
			return err_set(e, ERR_PROTOCOL, "the answer is no health of gRPC");
		}
	}
	*ret_status = status <= INT32_MAX ? (int64_t)status : -1;
	return 0;
}

bool grpc_health_good(int64_t status)
{
	return status == SERVING;
}

const char *grpc_health_name(int64_t status)
{
	static const char *const names[] = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
	return status >= 0 && status < (int64_t)(sizeof(names) / sizeof(*names)) ? names[status] : names[0];
}

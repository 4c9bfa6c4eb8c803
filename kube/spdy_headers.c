#include "kube/spdy_headers.h"

#include <string.h>

/* The dictionary is these words, each with its length in four bytes before it, and then the text. */
static const char *const words[] = {
    "options",
    "head",
    "post",
    "put",
    "delete",
    "trace",
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "age",
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "content-base",
    "content-encoding",
    "content-language",
    "content-length",
    "content-location",
    "content-md5",
    "content-range",
    "content-type",
    "date",
    "etag",
    "expect",
    "expires",
    "from",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "retry-after",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "method",
    "get",
    "status",
    "200 OK",
    "version",
    "HTTP/1.1",
    "url",
    "public",
    "set-cookie",
    "keep-alive",
    "origin",
};
static const char text[] =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized"
    "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable"
    "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT"
    "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,"
    "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.";

static void put_u32(unsigned char *p, size_t n)
{
	p[0] = (unsigned char)(n >> 24);
	p[1] = (unsigned char)(n >> 16);
	p[2] = (unsigned char)(n >> 8);
	p[3] = (unsigned char)n;
}

static size_t get_u32(const unsigned char *p)
{
	return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

void spdy_dictionary(unsigned char *ret)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);
		put_u32(ret, n);
		memcpy(ret + 4, words[i], n);
		ret += 4 + n;
	}
	memcpy(ret, text, sizeof(text) - 1);
}

void spdy_inflater_init(struct spdy_inflater *f)
{
	memset(f, 0, sizeof(*f));
	f->ready = inflateInit(&f->z) == Z_OK;
}

void spdy_inflater_done(struct spdy_inflater *f)
{
	if (f->ready) {
		inflateEnd(&f->z);
		f->ready = false;
	}
}

static int inflate_some(z_stream *z)
{
	int r = inflate(z, Z_SYNC_FLUSH);
	if (r == Z_NEED_DICT) {
		unsigned char dictionary[SPDY_DICTIONARY_SIZE];
		spdy_dictionary(dictionary);
		r = inflateSetDictionary(z, dictionary, sizeof(dictionary));
		return r == Z_OK ? inflate(z, Z_SYNC_FLUSH) : r;
	}
	return r;
}

/* The bytes of the block; -1: they are no continuation of the stream, or too many. */
static ssize_t inflate_block(struct spdy_inflater *f, const unsigned char *bytes, size_t n)
{
	z_stream *z = &f->z;
	z->next_in = (unsigned char *)(uintptr_t)bytes;
	z->avail_in = (uInt)n;
	z->next_out = (unsigned char *)f->block;
	z->avail_out = sizeof(f->block);
	while (z->avail_in) {
		int r = inflate_some(z);
		if (r != Z_OK || z->avail_out == 0) {
			return -1;
		}
	}
	return (ssize_t)(sizeof(f->block) - z->avail_out);
}

/* A text with its length in four bytes before it. It moves over the last of them, which makes room for its NUL. */
static char *take_text(char **p, const char *end)
{
	if (end - *p < 4) {
		return NULL;
	}
	size_t n = get_u32((unsigned char *)*p);
	char *from = *p + 4;
	if (n > (size_t)(end - from)) {
		return NULL;
	}
	memmove(from - 1, from, n);
	(from - 1)[n] = '\0';
	*p = from + n;
	return from - 1;
}

int spdy_inflate(struct spdy_inflater *f, const unsigned char *bytes, size_t n, struct spdy_header *ret, size_t *ret_n,
		 struct err *e)
{
	ssize_t size = f->ready ? inflate_block(f, bytes, n) : -1;
	if (size < 4) {
		return err_set(e, ERR_PROTOCOL, "SPDY: a header block is broken or longer than %zu bytes",
			       SPDY_HEADERS_MAX);
	}
	char *p = f->block + 4, *end = f->block + size;
	size_t count = get_u32((unsigned char *)f->block);
	if (count > SPDY_PAIRS_MAX) {
		return err_set(e, ERR_PROTOCOL, "SPDY: %zu headers, at most %d are taken", count, SPDY_PAIRS_MAX);
	}
	for (size_t i = 0; i < count; i++) {
		ret[i].name = take_text(&p, end);
		ret[i].value = ret[i].name ? take_text(&p, end) : NULL;
		if (!ret[i].value) {
			return err_set(e, ERR_PROTOCOL, "SPDY: a header block ends too early");
		}
	}
	*ret_n = count;
	return 0;
}

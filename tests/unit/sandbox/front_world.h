/* What tests of the front share: a front with real sockets, a model that says what it was asked, and a libcurl client.
 * All share one thread, and none ever blocks another. */
#ifndef TESTS_UNIT_SANDBOX_FRONT_WORLD_H
#define TESTS_UNIT_SANDBOX_FRONT_WORLD_H

#include "tests/unit/unit.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/front.h"
#include "tests/sandbox/pki.h"

#define PATIENCE_MS 60000
#define TEXT_MAX ((size_t)80 << 20)

/* Says what it was asked, and keeps the last stream. */
struct model {
	struct sandbox_stream *stream;
	struct sandbox_later *later;
	int requests, closed;
};

/* The client. */
struct call {
	CURL *easy;
	struct buf text;
	long status;
	bool done;
	CURLcode result;
};

struct world {
	uv_loop_t loop;
	CURLM *multi;
	struct model model;
	struct front *front;
	bool secure;
};

extern struct pki *world_pki; /* of world_run */

/* What the model, a struct model, answers: itself with what was asked, and more at /stream, /wake, /later, /silent,
 * /who. */
void world_handle(void *arg, int64_t now_ms, const struct sandbox_request *req, struct sandbox_response *res);

/* Lets front and client do what they can. */
void world_turn(struct world *w);

#define AWAIT(w, condition)                                                                                            \
	do {                                                                                                           \
		int64_t until = front_now() + PATIENCE_MS;                                                             \
		while (!(condition)) {                                                                                 \
			assert_true(front_now() < until);                                                              \
			world_turn(w);                                                                                 \
		}                                                                                                      \
	} while (0)

struct call *call_new(struct world *w, const char *path);
void call_start(struct world *w, struct call *c);
struct call *call_finish(struct world *w, struct call *c); /* started, and over */
void call_free(struct world *w, struct call *c);

/* The model writes this to its stream. */
void wake_with(struct world *w, const char *text);

/* Bytes without libcurl. */
int raw_connect(const struct world *w);
void raw_send(int fd, const char *text);
bool raw_receive(int fd, struct buf *b); /* true when the peer closed */
int occurrences(const struct buf *b, const char *needle);

/* Of cmocka: *state is a struct world. */
int world_plain(void **state);
int world_tls(void **state);
int world_end(void **state);
#define PLAIN(name) cmocka_unit_test_setup_teardown(name, world_plain, world_end)
#define TLS(name) cmocka_unit_test_setup_teardown(name, world_tls, world_end)

/* Runs tests between the beginnings and ends of libraries: world_run(tests). */
int world_run_tests(const char *name, const struct CMUnitTest *tests, size_t n);
#define world_run(tests) world_run_tests(#tests, tests, sizeof(tests) / sizeof((tests)[0]))

#endif

/* What tests of the way to the kubelet share: real sockets and TLS, the sandbox on one thread, a scripted kubelet on
 * another, the client in the test's own. */
#ifndef TESTS_UNIT_SANDBOX_KUBELET_RIG_H
#define TESTS_UNIT_SANDBOX_KUBELET_RIG_H

#include "tests/unit/unit.h"

#include <openssl/ssl.h>
#include <uv.h>

#include "tests/sandbox/front.h"
#include "tests/sandbox/kubelet_link.h"
#include "tests/unit/sandbox/kube_rig.h"

#define FILE_MAX ((size_t)1 << 20)
#define VOLUME ((size_t)24 << 20) /* more than any kernel keeps of a connection, and of the next one behind it */

/* One end of a connection, blocking. */
struct peer {
	int fd;
	SSL *ssl;
};

void say(struct peer *p, const char *bytes, size_t n);
void say_text(struct peer *p, const char *text);
void hear(struct peer *p, struct buf *b, size_t n); /* until n bytes are there in all, or the peer closes */
void hear_text(struct peer *p, struct buf *b, const char *until);
/* The peer closes, and properly; what else comes is dropped. */
bool hear_end(struct peer *p);

struct world {
	struct pki *pki;
	struct rig rig; /* of the sandbox's thread once that runs */
	const char *authority;

	uv_thread_t sandbox;
	uv_loop_t loop;
	uv_async_t stop;
	uv_sem_t ready;
	struct front *front;
	struct kubelet_links *links;
	uint16_t port;

	uv_thread_t kubelet;
	int listener;
	uint16_t kubelet_port;
	const char *alpn; /* what the kubelet chooses, as it is written */
	SSL_CTX *server_tls, *client_tls;
	void (*script)(struct world *w, struct peer *p);
	uv_sem_t go;
	struct buf heard; /* by the kubelet */
	char subject[256];
	bool closed;  /* the kubelet saw the end of its connection */
	bool stalled; /* somebody could not go on, since nobody read */
	const char *recording;
	struct peer client;
};

/* Of cmocka: *state is a struct world, in which there are node n and pod run-1 on it, with container main. */
int kubelet_rig_setup(void **state);
int kubelet_rig_teardown(void **state);
#define LINKED(name) cmocka_unit_test_setup_teardown(name, kubelet_rig_setup, kubelet_rig_teardown)

/* Everybody is there, the kubelet with a script for its next connection; the client has connected. Again after end. */
void begin(struct world *w, void (*script)(struct world *, struct peer *));
void end(struct world *w);
/* The same once the kubelet's script is over, which the end of the sandbox has no part in. */
void end_after_kubelet(struct world *w);
/* The client asks for something of the pod, with more headers. */
void ask(struct world *w, const char *method, const char *target, const char *more);

#define UPGRADE                                                                                                        \
	"Content-Length: 0\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: "                 \
	"v4.channel.k8s.io\r\n"
#define SWITCHING "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n"

void read_file(const char *path, struct buf *b);
/* Bytes number `at` and following of those that are easily told apart. */
void fill(char *bytes, size_t at, size_t n);

#endif

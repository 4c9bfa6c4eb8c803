/* Any bytes on a connection: the server answers or closes, and is still there for the next one. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "base/http_server.h"

static uv_loop_t loop;
static struct http_server *server;

static void answer(void *arg, struct http_reply *reply)
{
	(void)arg;
	buf_puts(&reply->body, "ok\n");
}

static void start(void)
{
	static const struct http_route routes[] = {{"/metrics", 100, answer}, {"/", 100, answer}};
	struct http_server_config config = {.host = "127.0.0.1", .routes = routes, .n_routes = 2};
	struct err e = {0};
	uv_loop_init(&loop);
	server = http_server_new(&loop, &config, &e);
	if (!server) {
		abort();
	}
}

/* From many addresses of this machine, since each has only so many ports that closed connections keep. -1: not
 * from this one. */
static int connect_from(uint32_t talk)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_server_port(server))};
	struct sockaddr_in from = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + talk % 60000);
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
		return fd;
	}
	if (errno != EADDRINUSE && errno != EADDRNOTAVAIL && errno != EINTR) { /* libFuzzer has an alarm */
		perror("connection to the server");
		abort();
	}
	close(fd);
	return -1;
}

static int talk(const uint8_t *data, size_t size)
{
	static uint32_t talks;
	char bytes[4096];
	ssize_t n;
	int fd;
	while ((fd = connect_from(talks++)) < 0) {
	}
	if (send(fd, data, size, MSG_NOSIGNAL) < 0) {
		abort();
	}
	shutdown(fd, SHUT_WR);
	/* An end comes: of the connection, or the deadline of a head. */
	while ((n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) != 0) {
		if (n < 0 && uv_run(&loop, UV_RUN_ONCE) == 0) {
			abort();
		}
		if (n < 0 && recv(fd, bytes, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno != EAGAIN) {
			break; /* reset */
		}
	}
	close(fd);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!server) {
		start();
	}
	return talk(data, size < 16384 ? size : 16384);
}

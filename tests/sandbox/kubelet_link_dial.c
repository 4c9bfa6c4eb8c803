/* Finding and reaching the kubelet. Failures are worded as Go words them. */
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "tests/sandbox/kubelet_link_inner.h"

static void dial_failed(struct kubelet_link *l, int error)
{
	char CLEANUP_FREE *text = xstrdup(strerror(error));
	bool six = strchr(l->call->host, ':') != NULL;
	text[0] = (char)tolower((unsigned char)text[0]);
	kubelet_link_fail(l, true, "dial tcp %s%s%s:%u: connect: %s", six ? "[" : "", l->call->host, six ? "]" : "",
			  l->call->port, text);
}

static void connect_to(struct kubelet_link *l, const struct sockaddr *address, socklen_t n)
{
	int one = 1;
	l->fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || (connect(l->fd, address, n) < 0 && errno != EINPROGRESS)) {
		dial_failed(l, errno);
		return;
	}
	setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	l->state = LINK_CONNECTING;
	kubelet_link_await(l, UV_WRITABLE);
}

int kubelet_link_connected(struct kubelet_link *l)
{
	int error = 0;
	socklen_t n = sizeof(error);
	if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &n) < 0) {
		error = errno;
	}
	if (error) {
		dial_failed(l, error);
		return -1;
	}
	return 0;
}

static void on_resolved(uv_getaddrinfo_t *look_up, int status, struct addrinfo *found)
{
	struct kubelet_link *l = look_up->data;
	free(look_up);
	if (l) {
		l->look_up = NULL;
		if (status < 0 || !found) {
			kubelet_link_fail(l, true, "dial tcp: lookup %s: no such host", l->call->host);
		} else {
			connect_to(l, found->ai_addr, found->ai_addrlen);
		}
	}
	uv_freeaddrinfo(found);
}

void kubelet_link_dial(struct kubelet_link *l)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(l->call->port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(l->call->port)};
	if (inet_pton(AF_INET, l->call->host, &four.sin_addr) == 1) {
		connect_to(l, (struct sockaddr *)&four, sizeof(four));
	} else if (inet_pton(AF_INET6, l->call->host, &six.sin6_addr) == 1) {
		connect_to(l, (struct sockaddr *)&six, sizeof(six));
	} else {
		char CLEANUP_FREE *port = xasprintf("%u", l->call->port);
		struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
		l->look_up = xcalloc(1, sizeof(*l->look_up));
		l->look_up->data = l;
		uv_getaddrinfo(l->links->loop, l->look_up, on_resolved, l->call->host, port, &hints);
	}
}

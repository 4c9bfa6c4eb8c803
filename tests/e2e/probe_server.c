/* Who is probed in the end-to-end tests: probe_server PORT FILE. Without arguments it prints a port that is free.
 *
 * Answers gRPC health checks (HTTP/2 without TLS): SERVING while FILE exists, else NOT_SERVING. Answers a GET with 200
 * when it has the header "X-Probe: yes", else with 400. One connection at a time.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFACE 24
#define FRAME_HEAD 9
#define END_STREAM 1
#define BUFFER 65536

#define FRAME(length, type, flags, stream) "\0\0" length type flags "\0\0\0" stream
#define HEAD FRAME("\0", "\4", "\0", "\0") FRAME("\0", "\4", "\1", "\0") FRAME("\1", "\1", "\4", "\1") "\x88"
#define HEALTH(status) FRAME("\7", "\0", "\0", "\1") "\0\0\0\0\2\x08" status
#define TRAILERS FRAME("\x0f", "\1", "\5", "\1") "\0\x0bgrpc-status\0010"

static const char good[] = HEAD HEALTH("\1") TRAILERS, bad[] = HEAD HEALTH("\2") TRAILERS;

static char in[BUFFER];
static size_t n_in;

static bool more(int fd)
{
	ssize_t n = n_in < BUFFER - 1 ? read(fd, in + n_in, BUFFER - 1 - n_in) : 0;
	n_in += n > 0 ? (size_t)n : 0;
	in[n_in] = 0;
	return n > 0;
}

static bool have(int fd, size_t n)
{
	while (n_in < n) {
		if (!more(fd)) {
			return false;
		}
	}
	return true;
}

static void say(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t sent = write(fd, bytes, n);
		if (sent <= 0) {
			return;
		}
		bytes += sent;
		n -= (size_t)sent;
	}
}

/* Until the request is whole. */
static bool read_call(int fd)
{
	for (size_t at = PREFACE; have(fd, at + FRAME_HEAD);) {
		const unsigned char *f = (const unsigned char *)in + at;
		size_t length = (size_t)f[0] << 16 | (size_t)f[1] << 8 | f[2];
		bool ends = (f[3] == 0 || f[3] == 1) && (f[4] & END_STREAM);
		at += FRAME_HEAD + length;
		if (!have(fd, at)) {
			return false;
		}
		if (ends) {
			return true;
		}
	}
	return false;
}

static void answer(int fd, const char *file)
{
	n_in = 0;
	do {
		if (!more(fd)) {
			return;
		}
	} while (!strstr(in, "\r\n\r\n"));
	if (strncmp(in, "PRI ", 4) != 0) {
		const char *text = strcasestr(in, "\r\nX-Probe: yes\r\n")
				       ? "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
				       : "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n";
		say(fd, text, strlen(text));
	} else if (read_call(fd)) {
		bool up = access(file, F_OK) == 0;
		say(fd, up ? good : bad, (up ? sizeof(good) : sizeof(bad)) - 1);
		n_in = 0;
		while (more(fd) && n_in < BUFFER / 2) {
		}
	}
}

static int print_free(int fd, struct sockaddr_in *at)
{
	socklen_t n = sizeof(*at);
	if (bind(fd, (struct sockaddr *)at, n) < 0 || getsockname(fd, (struct sockaddr *)at, &n) < 0) {
		perror("probe_server");
		return 1;
	}
	printf("%d\n", ntohs(at->sin_port));
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int on = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
	if (argc == 1) {
		return print_free(listener, &at);
	}
	if (argc != 3 || listener < 0) {
		fprintf(stderr, "usage: probe_server [PORT FILE]\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	at.sin_port = htons((unsigned short)strtoul(argv[1], NULL, 10));
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&at, sizeof(at)) < 0 || listen(listener, 16) < 0) {
		perror("probe_server");
		return 1;
	}
	for (int fd; (fd = accept(listener, NULL, NULL)) >= 0; close(fd)) {
		struct timeval patience = {.tv_sec = 5};
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
		answer(fd, argv[2]);
	}
	return 1;
}

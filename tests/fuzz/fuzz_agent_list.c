/* The first byte says in what pieces the rest is fed; the agents must be those of one piece. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mesos/agent_list.h"

static int read_list(struct agent_list *list, const char *text, size_t n, size_t piece, struct err *e)
{
	int rc = 0;
	agent_list_init(list);
	for (size_t at = 0; rc == 0 && at < n; at += piece) {
		rc = agent_list_feed(list, text + at, n - at < piece ? n - at : piece, e);
	}
	return rc == 0 ? agent_list_end(list, e) : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct agent_list whole, pieces;
	struct err whole_error = {0}, pieces_error = {0};
	if (size == 0) {
		return 0;
	}
	const char *text = (const char *)data + 1;
	int rc = read_list(&whole, text, size - 1, size, &whole_error);
	if (read_list(&pieces, text, size - 1, (size_t)data[0] + 1, &pieces_error) != rc || whole.n != pieces.n ||
	    strcmp(whole_error.text, pieces_error.text) != 0) {
		abort();
	}
	for (size_t i = 0; i < whole.n; i++) {
		if (strcmp(whole.agents[i]->id, pieces.agents[i]->id) != 0) {
			abort();
		}
	}
	agent_list_done(&whole);
	agent_list_done(&pieces);
	return 0;
}

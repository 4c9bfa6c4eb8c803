/* The front over TLS: who asks. */
#include "tests/unit/sandbox/front_world.h"

static struct call *tls_try(struct world *w, const char *trusted, const struct pki_pair *pair)
{
	struct call *c = call_new(w, "/who");
	struct curl_blob ca = {(void *)(uintptr_t)trusted, strlen(trusted), CURL_BLOB_COPY};
	curl_easy_setopt(c->easy, CURLOPT_CAINFO_BLOB, &ca);
	if (pair) {
		struct curl_blob crt = {pair->certificate, strlen(pair->certificate), CURL_BLOB_COPY};
		struct curl_blob key = {pair->key, strlen(pair->key), CURL_BLOB_COPY};
		curl_easy_setopt(c->easy, CURLOPT_SSLCERT_BLOB, &crt);
		curl_easy_setopt(c->easy, CURLOPT_SSLKEY_BLOB, &key);
	}
	return call_finish(w, c);
}

static struct call *tls_call(struct world *w, const struct pki_pair *pair)
{
	struct call *c = tls_try(w, pki_ca(world_pki), pair);
	assert_int_equal(c->result, CURLE_OK);
	return c;
}

static void the_subject_of_a_verified_certificate_reaches_the_model(void **state)
{
	static const char *const organisations[] = {"system:masters", "second"};
	struct pki_pair pair;
	assert_int_equal(pki_client(world_pki, "admin", organisations, 2, PKI_GOOD, &pair, NULL), 0);
	struct call *c = tls_call(*state, &pair);
	assert_string_equal(buf_str(&c->text), "admin system:masters second");
	call_free(*state, c);
	pki_pair_done(&pair);
}

static void without_a_certificate_there_is_nobody(void **state)
{
	struct call *c = tls_call(*state, NULL);
	assert_string_equal(buf_str(&c->text), "nobody");
	call_free(*state, c);
}

static void foreign_and_expired_certificates_are_refused_without_breaking_tls(void **state)
{
	static const char *const organisations[] = {"system:masters"};
	static const enum pki_flaw flaws[] = {PKI_FOREIGN, PKI_EXPIRED};
	for (int i = 0; i < 2; i++) {
		struct pki_pair pair;
		assert_int_equal(pki_client(world_pki, "admin", organisations, 1, flaws[i], &pair, NULL), 0);
		struct call *c = tls_call(*state, &pair);
		assert_string_equal(buf_str(&c->text), "nobody refused");
		call_free(*state, c);
		pki_pair_done(&pair);
	}
}

static void answers(struct world *w, const char *trusted, const struct pki_pair *pair, const char *who)
{
	struct call *c = tls_try(w, trusted, pair);
	assert_int_equal(c->result, CURLE_OK);
	assert_string_equal(buf_str(&c->text), who);
	call_free(w, c);
}

static void after_a_rotation_new_connections_see_new_certificates_and_clients_of_before_are_judged_anew(void **state)
{
	struct world *w = *state;
	struct pki_pair before, after;
	CLEANUP_FREE char *ca_before = xstrdup(pki_ca(world_pki));
	assert_int_equal(pki_client(world_pki, "me", NULL, 0, PKI_GOOD, &before, NULL), 0);
	answers(w, ca_before, &before, "me");
	for (int step = PKI_ADD; step <= PKI_RETIRE; step++) {
		struct err e = {0};
		assert_int_equal(pki_take_step(world_pki, (enum pki_step)step, &e), 0);
		assert_int_equal(front_certificates(w->front, pki_server(world_pki)->certificate,
						    pki_server(world_pki)->key, pki_ca(world_pki), &e),
				 0);
		/* On the connection of before, which only a client that trusts the old authority could have made. */
		answers(w, ca_before, &before, step == PKI_RETIRE ? "nobody refused" : "me");
	}
	assert_int_equal(pki_client(world_pki, "me", NULL, 0, PKI_GOOD, &after, NULL), 0);
	answers(w, pki_ca(world_pki), &after, "me");
	/* Over a new connection. */
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, 1L);
	answers(w, pki_ca(world_pki), &before, "nobody refused");
	struct call *c = tls_try(w, ca_before, NULL);
	assert_int_equal(c->result, CURLE_PEER_FAILED_VERIFICATION);
	call_free(w, c);
	struct err e = {0};
	assert_int_equal(
	    front_certificates(w->front, "no certificate", pki_server(world_pki)->key, pki_ca(world_pki), &e), -1);
	assert_string_equal(e.text, "test: bad certificate or key");
	answers(w, pki_ca(world_pki), &after, "me");
	pki_pair_done(&before);
	pki_pair_done(&after);
}

static struct call *tls_stream(struct world *w)
{
	struct call *c = call_new(w, "/stream");
	struct curl_blob ca = {(void *)(uintptr_t)pki_ca(world_pki), strlen(pki_ca(world_pki)), CURL_BLOB_COPY};
	curl_easy_setopt(c->easy, CURLOPT_CAINFO_BLOB, &ca);
	call_start(w, c);
	AWAIT(w, w->model.stream);
	return c;
}

static void streams_work_over_tls_and_notice_a_peer_that_leaves(void **state)
{
	struct world *w = *state;
	struct call *c = tls_stream(w);
	for (size_t i = 1; i <= 20; i++) {
		wake_with(w, "event\n");
		AWAIT(w, c->text.len == i * 6);
	}
	call_free(w, c);
	AWAIT(w, w->model.closed == 1);
}

static void plain_http_on_a_tls_port_harms_nobody(void **state)
{
	struct world *w = *state;
	CLEANUP_BUF struct buf b = BUF_INIT(TEXT_MAX);
	int fd = raw_connect(w);
	raw_send(fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	AWAIT(w, raw_receive(fd, &b));
	close(fd);
	struct call *c = tls_call(w, NULL);
	assert_int_equal(c->status, 200);
	call_free(w, c);
}

static void on_tick(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
}

static void a_handshake_that_stops_half_way_holds_up_nobody(void **state)
{
	struct world *w = *state;
	uv_timer_t tick;
	int fd = raw_connect(w);
	raw_send(fd, "\x16\x03\x01");
	uv_timer_init(&w->loop, &tick);
	uv_timer_start(&tick, on_tick, 50, 0);
	AWAIT(w, uv_is_closing((uv_handle_t *)&tick));
	struct call *c = tls_call(w, NULL);
	assert_int_equal(c->status, 200);
	call_free(w, c);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TLS(the_subject_of_a_verified_certificate_reaches_the_model),
	    TLS(without_a_certificate_there_is_nobody),
	    TLS(foreign_and_expired_certificates_are_refused_without_breaking_tls),
	    TLS(after_a_rotation_new_connections_see_new_certificates_and_clients_of_before_are_judged_anew),
	    TLS(streams_work_over_tls_and_notice_a_peer_that_leaves),
	    TLS(plain_http_on_a_tls_port_harms_nobody),
	    TLS(a_handshake_that_stops_half_way_holds_up_nobody),
	};
	return world_run(tests);
}

#include "mesos/resources.h"

#include "base/js.h"
#include "tests/unit/mesos/data.h"

static struct mesos_resources resources_of(const char *json)
{
	json_t *o CLEANUP_JSON = json_of(json);
	struct mesos_resources r;
	struct err e = {0};
	if (mesos_resources_decode(o, &r, &e) < 0) {
		fail_msg("%s", e.text);
	}
	return r;
}

static char *text_of(const struct mesos_resources *r)
{
	json_t *o CLEANUP_JSON = mesos_resources_encode(r);
	return js_dump(o, JSON_COMPACT | JSON_REAL_PRECISION(15));
}

static void assert_text(const struct mesos_resources *r, const char *want)
{
	CLEANUP_FREE char *text = text_of(r);
	assert_string_equal(text, want);
}

#define CPUS(value) "{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":" value "}}"
#define CPUS_OF(role, value)                                                                                           \
	"{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":" value                                          \
	"},\"allocation_info\":{\"role\":\"" role "\"}}"
#define CPUS_RESERVED(role, value)                                                                                     \
	"{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":" value                                          \
	"},\"allocation_info\":{\"role\":\"" role "\"},\"reservations\":[{\"type\":\"DYNAMIC\",\"role\":\"" role       \
	"\"}]}"
#define PORTS(ranges) "{\"name\":\"ports\",\"type\":\"RANGES\",\"ranges\":{\"range\":[" ranges "]}}"
#define RANGE(begin, end) "{\"begin\":" #begin ",\"end\":" #end "}"

static void scalars_are_exact_thousandths_and_written_as_people_write_them(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		int64_t milli;
		const char *text;
	} table[] = {
	    {"0.1", 100, "0.1"},
	    {"0.001", 1, "0.001"},
	    {"15.0", 15000, "15.0"},
	    {"15", 15000, "15.0"},
	    {"\"2.5\"", 2500, "2.5"},
	    {"0.0005", 1, "0.001"},
	    {"7.8999999999999995", 7900, "7.9"},
	    {"0.30000000000000004", 300, "0.3"},
	    {"999999999999.999", 999999999999999, "999999999999.999"},
	    {"1e3", 1000000, "1000.0"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP_FREE char *json = xasprintf("[" CPUS("%s") "]", table[i].value);
		CLEANUP_FREE char *want = xasprintf("[" CPUS("%s") "]", table[i].text);
		struct mesos_resources r = resources_of(json);
		assert_int_equal(r.items[0].milli, table[i].milli);
		assert_text(&r, want);
		mesos_resources_done(&r);
	}
}

static void every_thousandth_survives_encoding(void **state)
{
	(void)state;
	for (int64_t milli = 1; milli < 1000000000000000; milli = milli * 3 + 7) {
		struct mesos_resources r;
		mesos_resources_init(&r);
		mesos_resources_put_scalar(&r, "cpus", milli, NULL);
		CLEANUP_FREE char *text = text_of(&r);
		struct mesos_resources again = resources_of(text);
		assert_int_equal(again.items[0].milli, milli);
		mesos_resources_done(&again);
		mesos_resources_done(&r);
	}
}

static void bad_resources_are_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *json, *text;
	} table[] = {
	    {"{}", "resources are not an array"},
	    {"[7]", "resource 0 has no name"},
	    {"[{\"name\":\"\"}]", "resource 0 has no name"},
	    {"[{\"name\":\"cpus\"}]", "resource cpus: unknown type \"\""},
	    {"[{\"name\":\"cpus\",\"type\":\"BLOB\"}]", "resource cpus: unknown type \"BLOB\""},
	    {"[{\"name\":\"cpus\",\"type\":\"SCALAR\"}]", "resource cpus: scalar without a number"},
	    {"[" CPUS("\"nan\"") "]", "resource cpus: scalar without a number"},
	    {"[" CPUS("\"0x10\"") "]", "resource cpus: scalar without a number"},
	    {"[" CPUS("\"1e999\"") "]", "resource cpus: scalar without a number"},
	    {"[" CPUS("-0.0001") "]", "resource cpus: negative amount -0.0001"},
	    {"[" CPUS("1e300") "]", "resource cpus: absurd amount 1e+300"},
	    {"[" PORTS("{\"begin\":3}") "]", "resource ports: range 0 without two numbers"},
	    {"[" PORTS(RANGE(3, 2)) "]", "resource ports: range [3-2] runs backwards"},
	    {"[" PORTS(RANGE(-3, 2)) "]", "resource ports: range 0 without two numbers"},
	    {"[" PORTS(RANGE(1, "18446744073709551615")) "]", "resource ports: absurd range end 18446744073709551615"},
	    {"[{\"name\":\"s\",\"type\":\"SET\",\"set\":{\"item\":[\"a\",1]}}]",
	     "resource s: item 1 of the set is not text"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		json_t *o CLEANUP_JSON = json_of(table[i].json);
		struct mesos_resources untouched = {.n = 77};
		struct err e = {0};
		assert_int_equal(mesos_resources_decode(o, &untouched, &e), -1);
		assert_string_equal(e.text, table[i].text);
		assert_int_equal(untouched.n, 77);
	}
}

static void more_than_the_limits_is_refused(void **state)
{
	(void)state;
	json_t *many CLEANUP_JSON = json_array();
	for (int i = 0; i <= MESOS_RESOURCES_MAX; i++) {
		json_array_append_new(many, json_of(CPUS("1.0")));
	}
	struct mesos_resources r;
	struct err e = {0};
	assert_int_equal(mesos_resources_decode(many, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);

	json_t *ranges = json_array();
	for (int i = 0; i <= MESOS_RANGES_MAX; i++) {
		json_array_append_new(ranges, json_pack("{s:i, s:i}", "begin", i * 2, "end", i * 2));
	}
	json_t *ports CLEANUP_JSON =
	    json_pack("[{s:s, s:s, s:{s:o}}]", "name", "ports", "type", "RANGES", "ranges", "range", ranges);
	assert_int_equal(mesos_resources_decode(ports, &r, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	json_array_remove(ranges, 0);
	assert_int_equal(mesos_resources_decode(ports, &r, &e), 0);
	assert_int_equal(r.items[0].n_ranges, MESOS_RANGES_MAX);
	mesos_resources_done(&r);
}

static void ranges_and_sets_are_normalised(void **state)
{
	(void)state;
	struct mesos_resources r = resources_of("[" PORTS(RANGE(8, 9) "," RANGE(1, 3) "," RANGE(4, 5) "," RANGE(
	    2, 2) "," RANGE(7, 7)) ",{\"name\":\"s\",\"type\":\"SET\",\"set\":{\"item\":[\"b\",\"a\",\"b\"]}}]");
	assert_text(&r, "[" PORTS(RANGE(1, 5) "," RANGE(7, 9)) ",{\"name\":\"s\",\"type\":\"SET\",\"set\":{\"item\":["
							       "\"a\",\"b\"]}}]");
	assert_true(mesos_resources_has_port(&r, 5, NULL));
	assert_false(mesos_resources_has_port(&r, 6, NULL));
	assert_false(mesos_resources_has_port(&r, 10, NULL));
	mesos_resources_done(&r);
}

static void equal_kinds_add_up_and_nothing_else_does(void **state)
{
	(void)state;
	struct mesos_resources r = resources_of("[" CPUS_OF("a", "1.5") "," CPUS_OF("b", "1.0") "," CPUS_RESERVED(
	    "a", "4.0") "," CPUS_OF("a", "0.25") "," CPUS("0.0") "," PORTS("") ",{\"name\":\"cpus\",\"type\":"
									       "\"SCALAR\",\"scalar\":{\"value\":1.0},"
									       "\"role\":\"*\",\"allocation_info\":{"
									       "\"role\":\"a\"},\"reservations\":[]}]");
	assert_text(&r, "[" CPUS_OF("a", "2.75") "," CPUS_OF("b", "1.0") "," CPUS_RESERVED("a", "4.0") "]");
	assert_int_equal(mesos_resources_available(&r, "cpus", "a"), 6750);
	assert_int_equal(mesos_resources_available(&r, "cpus", "b"), 1000);
	assert_int_equal(mesos_resources_available(&r, "cpus", NULL), 7750);
	assert_int_equal(mesos_resources_available(&r, "cpus", "c"), 0);
	assert_int_equal(mesos_resources_available(&r, "mem", NULL), 0);
	mesos_resources_done(&r);
}

#define DISK(detail) "{\"name\":\"disk\",\"type\":\"SCALAR\",\"scalar\":{\"value\":10.0}" detail "}"

static void only_plain_resources_may_be_used_for_anything(void **state)
{
	(void)state;
	static const struct {
		const char *detail;
		bool plain, whole, reserved;
	} table[] = {
	    {"", true, false, false},
	    {",\"provider_id\":{\"value\":\"p\"}", true, false, false},
	    {",\"disk\":{}", true, false, false},
	    {",\"role\":\"web\"", true, false, true},
	    {",\"reservation\":{}", true, false, true},
	    {",\"revocable\":{}", false, false, false},
	    {",\"revocable\":null", true, false, false},
	    {",\"shared\":{}", false, true, false},
	    {",\"disk\":{\"source\":{\"type\":\"PATH\"}}", false, false, false},
	    {",\"disk\":{\"source\":{\"type\":\"MOUNT\"}}", false, true, false},
	    {",\"disk\":{\"source\":{\"type\":\"RAW\",\"id\":\"x\"}}", false, true, false},
	    {",\"disk\":{\"persistence\":{\"id\":\"vol1\"},\"volume\":{\"mode\":\"RW\",\"container_path\":\"d\"}}",
	     false, true, false},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		CLEANUP_FREE char *json =
		    xasprintf("[" DISK("%s") "," DISK("%s") "]", table[i].detail, table[i].detail);
		struct mesos_resources r = resources_of(json);
		assert_int_equal(r.items[0].plain, table[i].plain);
		assert_int_equal(r.items[0].whole, table[i].whole);
		assert_int_equal(r.items[0].reserved, table[i].reserved);
		assert_int_equal(r.n, table[i].whole ? 2 : 1);
		assert_int_equal(mesos_resources_available(&r, "disk", NULL), table[i].plain ? 20000 : 0);
		mesos_resources_done(&r);
	}
}

static void all_other_members_come_back_as_they_were(void **state)
{
	(void)state;
	static const char text[] =
	    "[{\"name\":\"disk\",\"type\":\"SCALAR\",\"scalar\":{\"value\":32.0},\"allocation_info\":{\"role\":\"web\"}"
	    ","
	    "\"reservations\":[{\"type\":\"DYNAMIC\",\"role\":\"web\",\"principal\":\"p\"}],"
	    "\"disk\":{\"persistence\":{\"id\":\"vol1\"},\"volume\":{\"mode\":\"RW\",\"container_path\":\"data\"}}}]";
	struct mesos_resources r = resources_of(text), copy;
	mesos_resources_copy(&copy, &r);
	mesos_resources_done(&r);
	assert_text(&copy, text);
	mesos_resources_done(&copy);
}

static void whole_resources_are_only_given_back_whole(void **state)
{
	(void)state;
	struct mesos_resources r = resources_of("[" DISK(",\"shared\":{}") "," DISK(",\"shared\":{}") "]");
	struct mesos_resources one = resources_of("[" DISK(",\"shared\":{}") "]");
	struct mesos_resources part =
	    resources_of("[{\"name\":\"disk\",\"type\":\"SCALAR\",\"scalar\":{\"value\":4.0},\"shared\":{}}]");
	assert_int_equal(mesos_resources_subtract(&r, &part), -1);
	assert_int_equal(mesos_resources_subtract(&r, &one), 0);
	assert_int_equal(r.n, 1);
	assert_int_equal(mesos_resources_subtract(&r, &one), 0);
	assert_int_equal(r.n, 0);
	assert_int_equal(mesos_resources_subtract(&r, &one), -1);
	mesos_resources_done(&part);
	mesos_resources_done(&one);
	mesos_resources_done(&r);
}

static void taking_prefers_what_is_reserved_and_takes_all_or_nothing(void **state)
{
	(void)state;
	struct mesos_resources pool =
	    resources_of("[" CPUS_OF("a", "1.0") "," CPUS_RESERVED("a", "0.5") "," CPUS_OF("b", "9.0") "]");
	struct mesos_resources taken;
	mesos_resources_init(&taken);
	assert_int_equal(mesos_resources_take(&pool, "cpus", 1501, "a", &taken), -1);
	assert_int_equal(mesos_resources_take(&pool, "cpus", -1, "a", &taken), -1);
	assert_int_equal(taken.n, 0);
	assert_int_equal(mesos_resources_take(&pool, "cpus", 300, "a", &taken), 0);
	assert_text(&taken, "[" CPUS_RESERVED("a", "0.3") "]");
	assert_int_equal(mesos_resources_take(&pool, "cpus", 300, "a", &taken), 0);
	assert_text(&taken, "[" CPUS_RESERVED("a", "0.5") "," CPUS_OF("a", "0.1") "]");
	assert_text(&pool, "[" CPUS_OF("a", "0.9") "," CPUS_OF("b", "9.0") "]");
	assert_int_equal(mesos_resources_take(&pool, "cpus", 9900, NULL, &taken), 0);
	assert_int_equal(pool.n, 0);
	mesos_resources_done(&taken);
	mesos_resources_done(&pool);
}

static void taking_a_port_splits_its_range(void **state)
{
	(void)state;
	struct mesos_resources pool = resources_of("[" PORTS(RANGE(31000, 31002)) "]");
	struct mesos_resources taken;
	mesos_resources_init(&taken);
	assert_int_equal(mesos_resources_take_port(&pool, 80, NULL, &taken), -1);
	assert_int_equal(mesos_resources_take_port(&pool, 31001, "other", &taken), -1);
	assert_int_equal(mesos_resources_take_port(&pool, 31001, NULL, &taken), 0);
	assert_text(&pool, "[" PORTS(RANGE(31000, 31000) "," RANGE(31002, 31002)) "]");
	assert_int_equal(mesos_resources_take_port(&pool, 31001, NULL, &taken), -1);
	assert_int_equal(mesos_resources_take_port(&pool, 31000, NULL, &taken), 0);
	assert_int_equal(mesos_resources_take_port(&pool, 31002, NULL, &taken), 0);
	assert_int_equal(pool.n, 0);
	assert_text(&taken, "[" PORTS(RANGE(31000, 31002)) "]");
	mesos_resources_done(&taken);
	mesos_resources_done(&pool);
}

static void subtracting_what_is_not_there_changes_nothing(void **state)
{
	(void)state;
	static const char text[] = "[" CPUS("2.0") "," PORTS(RANGE(1, 9)) "]";
	static const char *const missing[] = {
	    "[" CPUS("1.0") "," CPUS_OF("a", "1.0") "]",
	    "[" CPUS("2.001") "]",
	    "[" CPUS("1.0") "," PORTS(RANGE(9, 10)) "]",
	    "[{\"name\":\"gpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":1}}]",
	};
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		struct mesos_resources r = resources_of(text), what = resources_of(missing[i]);
		assert_int_equal(mesos_resources_subtract(&r, &what), -1);
		assert_text(&r, text);
		mesos_resources_done(&what);
		mesos_resources_done(&r);
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static struct mesos_resources random_resources(uint64_t *seed)
{
	json_t *array CLEANUP_JSON = json_array();
	size_t n = next_random(seed) % 8;
	for (size_t i = 0; i < n; i++) {
		json_t *one = json_object();
		uint64_t kind = next_random(seed) % 4, at = next_random(seed) % 50;
		if (kind < 2) {
			json_object_update_new(one, json_pack("{s:s, s:s, s:{s:f}}", "name", kind ? "cpus" : "mem",
							      "type", "SCALAR", "scalar", "value",
							      (double)(next_random(seed) % 5000) / 1000));
		} else if (kind == 2) {
			json_object_update_new(one, json_pack("{s:s, s:s, s:{s:[{s:I, s:I}]}}", "name", "ports", "type",
							      "RANGES", "ranges", "range", "begin", (json_int_t)at,
							      "end", (json_int_t)(at + next_random(seed) % 9)));
		} else {
			char item[2] = {(char)('a' + at % 26), '\0'};
			json_object_update_new(one, json_pack("{s:s, s:s, s:{s:[s]}}", "name", "tags", "type", "SET",
							      "set", "item", item));
		}
		if (next_random(seed) % 2) {
			json_object_set_new(one, "allocation_info", json_pack("{s:s}", "role", "a"));
		}
		if (next_random(seed) % 4 == 0) {
			json_object_set_new(one, "reservations", json_pack("[{s:s}]", "role", "a"));
		}
		json_array_append_new(array, one);
	}
	struct mesos_resources r;
	assert_int_equal(mesos_resources_decode(array, &r, NULL), 0);
	return r;
}

/* Each can be taken out of the other, and nothing is left. */
static void assert_equal_amounts(const struct mesos_resources *a, const struct mesos_resources *b)
{
	struct mesos_resources left;
	mesos_resources_copy(&left, a);
	assert_int_equal(mesos_resources_subtract(&left, b), 0);
	assert_int_equal(left.n, 0);
	mesos_resources_done(&left);
}

/* Overlapping ranges and sets unite, so only disjoint ones can be told apart again. */
static bool scalars_only(const struct mesos_resources *r)
{
	for (size_t i = 0; i < r->n; i++) {
		if (r->items[i].type != MESOS_SCALAR) {
			return false;
		}
	}
	return true;
}

static void adding_and_subtracting_lose_nothing(void **state)
{
	(void)state;
	uint64_t seed = 20261122;
	unsigned tried = 0;
	for (int i = 0; i < 1000; i++) {
		struct mesos_resources a = random_resources(&seed), b = random_resources(&seed), sum, other_way;
		mesos_resources_copy(&sum, &a);
		mesos_resources_add(&sum, &b);
		mesos_resources_copy(&other_way, &b);
		mesos_resources_add(&other_way, &a);
		assert_equal_amounts(&sum, &other_way);
		if (scalars_only(&b)) {
			assert_int_equal(mesos_resources_subtract(&sum, &b), 0);
			assert_equal_amounts(&sum, &a);
			tried++;
		}
		json_t *encoded CLEANUP_JSON = mesos_resources_encode(&other_way);
		struct mesos_resources decoded;
		assert_int_equal(mesos_resources_decode(encoded, &decoded, NULL), 0);
		assert_equal_amounts(&decoded, &other_way);
		mesos_resources_done(&decoded);
		mesos_resources_done(&other_way);
		mesos_resources_done(&sum);
		mesos_resources_done(&b);
		mesos_resources_done(&a);
	}
	assert_true(tried > 100);
}

static void what_is_taken_and_what_is_left_are_what_there_was(void **state)
{
	(void)state;
	uint64_t seed = 77;
	unsigned done = 0;
	for (int i = 0; i < 300; i++) {
		struct mesos_resources all = random_resources(&seed), pool, taken;
		mesos_resources_copy(&pool, &all);
		mesos_resources_init(&taken);
		for (int step = 0; step < 6; step++) {
			const char *role = next_random(&seed) % 2 ? "a" : NULL;
			if (next_random(&seed) % 2) {
				int64_t milli = (int64_t)(next_random(&seed) % 2000);
				int64_t have = mesos_resources_available(&pool, "cpus", role);
				int rc = mesos_resources_take(&pool, "cpus", milli, role, &taken);
				assert_int_equal(rc, have >= milli ? 0 : -1);
				done += rc == 0;
			} else {
				uint64_t port = next_random(&seed) % 60;
				bool have = mesos_resources_has_port(&pool, port, role);
				int rc = mesos_resources_take_port(&pool, port, role, &taken);
				assert_int_equal(rc, have ? 0 : -1);
				done += rc == 0;
			}
			struct mesos_resources sum;
			mesos_resources_copy(&sum, &pool);
			mesos_resources_add(&sum, &taken);
			assert_equal_amounts(&sum, &all);
			mesos_resources_done(&sum);
		}
		mesos_resources_done(&taken);
		mesos_resources_done(&pool);
		mesos_resources_done(&all);
	}
	assert_true(done > 200);
}

static void sums_beyond_all_numbers_stay_at_the_largest(void **state)
{
	(void)state;
	struct mesos_resources r;
	mesos_resources_init(&r);
	mesos_resources_put_scalar(&r, "cpus", INT64_MAX, NULL);
	mesos_resources_put_scalar(&r, "cpus", INT64_MAX, NULL);
	mesos_resources_put_scalar(&r, "cpus", INT64_MAX, "a");
	assert_int_equal(mesos_resources_available(&r, "cpus", NULL), INT64_MAX);
	mesos_resources_done(&r);
	mesos_resources_done(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(scalars_are_exact_thousandths_and_written_as_people_write_them),
	    cmocka_unit_test(every_thousandth_survives_encoding),
	    cmocka_unit_test(bad_resources_are_refused_by_name),
	    cmocka_unit_test(more_than_the_limits_is_refused),
	    cmocka_unit_test(ranges_and_sets_are_normalised),
	    cmocka_unit_test(equal_kinds_add_up_and_nothing_else_does),
	    cmocka_unit_test(only_plain_resources_may_be_used_for_anything),
	    cmocka_unit_test(all_other_members_come_back_as_they_were),
	    cmocka_unit_test(whole_resources_are_only_given_back_whole),
	    cmocka_unit_test(taking_prefers_what_is_reserved_and_takes_all_or_nothing),
	    cmocka_unit_test(taking_a_port_splits_its_range),
	    cmocka_unit_test(subtracting_what_is_not_there_changes_nothing),
	    cmocka_unit_test(adding_and_subtracting_lose_nothing),
	    cmocka_unit_test(what_is_taken_and_what_is_left_are_what_there_was),
	    cmocka_unit_test(sums_beyond_all_numbers_stay_at_the_largest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/options.h"

enum { WISH_HELP = 1, WISH_VERSION };

struct values {
	char *name, *key_file, *config;
	struct option_list hosts;
	int64_t count, share, wait;
	bool fast;
	int colour;
};

static const char *const colours[] = {"red", "green", "blue", NULL};

#define AT(member) .offset = offsetof(struct values, member)

static const struct option rows[] = {
    {.name = "name", .type = OPTION_STRING, .initial = "anna", .group = "One", .help = "A name.", AT(name)},
    {.name = "key-file", .type = OPTION_FILE, .group = "One", .help = "A file with a secret.", AT(key_file)},
    {.name = "hosts", .type = OPTION_LIST, .initial = "a,b", .max = 3, .group = "One", .help = "Hosts.", AT(hosts)},
    {.name = "count",
     .type = OPTION_INT,
     .initial = "5",
     .min = 1,
     .max = 10,
     .group = "Two",
     .help = "How many.",
     AT(count)},
    {.name = "share",
     .type = OPTION_DECIMAL,
     .initial = "0.25",
     .max = 4000,
     .group = "Two",
     .help = "A part.",
     AT(share)},
    {.name = "wait",
     .type = OPTION_DURATION,
     .initial = "10s",
     .min = 1000,
     .max = 3600000,
     .group = "Two",
     .help = "A time.",
     AT(wait)},
    {.name = "fast", .type = OPTION_BOOL, .initial = "false", .group = "Two", .help = "Hurry.", AT(fast)},
    {.name = "colour",
     .type = OPTION_CHOICE,
     .initial = "green",
     .choices = colours,
     .group = "Two",
     .help = "A colour.",
     AT(colour)},
    {.name = "config", .type = OPTION_CONFIG, .group = "Three", .help = "The file.", AT(config)},
    {.name = "help", .type = OPTION_ACTION, .min = WISH_HELP, .group = "Three", .help = "Print help."},
    {.name = "version", .type = OPTION_ACTION, .min = WISH_VERSION, .group = "Three", .help = "Print version."},
};

static const struct options table = {
    .rows = rows, .n = sizeof(rows) / sizeof(rows[0]), .program = "prog", .summary = "does things"};

#define ARGV_MAX 16

/* Flags as one text, split at spaces. */
static int load(const char *flags, struct values *v, struct err *e)
{
	char *copy = strdup(flags);
	const char *argv[ARGV_MAX] = {"prog"};
	int argc = 1;
	char *save = NULL;
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		assert_true(argc < ARGV_MAX);
		argv[argc++] = word;
	}
	*v = (struct values){0};
	err_clear(e);
	int wish = options_load(&table, argc, argv, v, e);
	free(copy);
	return wish;
}

static char config_path[] = "/tmp/test_options.XXXXXX";

static void write_config(const char *text)
{
	FILE *f = fopen(config_path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* The same with a configuration file of this text; further flags after it. */
static int load_with_file(const char *text, const char *flags, struct values *v, struct err *e)
{
	char all[256];
	write_config(text);
	snprintf(all, sizeof(all), "--config %s %s", config_path, flags);
	return load(all, v, e);
}

static void assert_refused(const char *flags, const char *sentence)
{
	struct values v;
	struct err e;
	assert_int_equal(load(flags, &v, &e), -1);
	assert_string_equal(e.text, sentence);
	options_done(&table, &v);
}

/* The sentence comes after the file's path. */
static void assert_file_refused(const char *text, const char *sentence)
{
	struct values v;
	struct err e;
	char whole[ERR_TEXT_MAX];
	assert_int_equal(load_with_file(text, "", &v, &e), -1);
	snprintf(whole, sizeof(whole), "%s: %s", config_path, sentence);
	assert_string_equal(e.text, whole);
	options_done(&table, &v);
}

static void without_flags_every_value_is_its_default(void **state)
{
	(void)state;
	struct values v;
	struct err e;
	assert_int_equal(load("", &v, &e), 0);
	assert_string_equal(v.name, "anna");
	assert_null(v.key_file);
	assert_null(v.config);
	assert_int_equal(v.hosts.n, 2);
	assert_string_equal(v.hosts.items[1], "b");
	assert_int_equal(v.count, 5);
	assert_int_equal(v.share, 250);
	assert_int_equal(v.wait, 10000);
	assert_false(v.fast);
	assert_int_equal(v.colour, 1);
	options_done(&table, &v);
	assert_null(v.name);
	assert_int_equal(v.hosts.n, 0);
}

static void flags_are_read_in_both_spellings(void **state)
{
	(void)state;
	struct values v;
	struct err e;
	assert_int_equal(load("--name=bea --count 7 --share=1.5 --wait 1m --fast --colour blue --key-file k", &v, &e),
			 0);
	assert_string_equal(v.name, "bea");
	assert_string_equal(v.key_file, "k");
	assert_int_equal(v.count, 7);
	assert_int_equal(v.share, 1500);
	assert_int_equal(v.wait, 60000);
	assert_true(v.fast);
	assert_int_equal(v.colour, 2);
	options_done(&table, &v);
	assert_int_equal(load("--fast --no-fast --name=", &v, &e), 0);
	assert_false(v.fast);
	assert_string_equal(v.name, "");
	options_done(&table, &v);
	assert_int_equal(load("--fast=true --count=1 --count=2", &v, &e), 0);
	assert_true(v.fast);
	assert_int_equal(v.count, 2);
	options_done(&table, &v);
}

static void a_list_is_given_with_commas_or_by_repeating_and_replaces_the_default(void **state)
{
	(void)state;
	struct values v;
	struct err e;
	assert_int_equal(load("--hosts x,y --hosts=z", &v, &e), 0);
	assert_int_equal(v.hosts.n, 3);
	assert_string_equal(v.hosts.items[0], "x");
	assert_string_equal(v.hosts.items[2], "z");
	options_done(&table, &v);
}

static void wrong_flags_are_named_in_one_sentence(void **state)
{
	(void)state;
	assert_refused("--nonsense 1", "unknown option \"--nonsense\" (see --help)");
	assert_refused("--no-name", "unknown option \"--no-name\" (see --help)");
	assert_refused("-x", "unexpected argument \"-x\" (see --help)");
	assert_refused("--", "unexpected argument \"--\" (see --help)");
	assert_refused("stray", "unexpected argument \"stray\" (see --help)");
	assert_refused("--fast true", "unexpected argument \"true\" (see --help)");
	assert_refused("--name", "option --name needs a value");
	assert_refused("--no-fast=true", "option --no-fast takes no value");
	assert_refused("--help=1", "option --help takes no value");
	assert_refused("--fast=yes", "option --fast: wants true or false");
	assert_refused("--count ten", "option --count: wants a whole number, not \"ten\"");
	assert_refused("--count 1.5", "option --count: wants a whole number, not \"1.5\"");
	assert_refused("--count 99999999999999999999",
		       "option --count: wants a whole number, not \"99999999999999999999\"");
	assert_refused("--count 0", "option --count: must be from 1 to 10");
	assert_refused("--count=-1", "option --count: must be from 1 to 10");
	assert_refused("--share 0.0001", "option --share: wants a number with at most three decimals, not \"0.0001\"");
	assert_refused("--share 1.", "option --share: wants a number with at most three decimals, not \"1.\"");
	assert_refused("--share 4.001", "option --share: must be from 0 to 4");
	assert_refused("--wait 10", "option --wait: wants a duration like 10s or 1h30m, not \"10\"");
	assert_refused("--wait 2h", "option --wait: must be from 1s to 1h");
	assert_refused("--colour pink", "option --colour: must be one of: red, green, blue");
	assert_refused("--hosts a,,b", "option --hosts: has an empty element");
	assert_refused("--hosts a,b,c,d", "option --hosts: has more than 3 elements");
	assert_refused("--config /does/not/exist", "option --config: read /does/not/exist: No such file or directory");
}

static void an_action_wins_over_everything_else(void **state)
{
	(void)state;
	struct values v;
	struct err e;
	assert_int_equal(load("--count 99 --version --help", &v, &e), WISH_VERSION);
	assert_null(v.name);
	assert_int_equal(load("--config /does/not/exist --help", &v, &e), WISH_HELP);
}

static void the_file_gives_values_of_every_type_and_flags_win(void **state)
{
	(void)state;
	static const char text[] =
	    "name: bea\nkey-file: /etc/key\nhosts: [h1, h2]\ncount: 3\nshare: 0.125\nwait: 1m30s\n"
	    "fast: true\ncolour: red\n";
	struct values v;
	struct err e;
	assert_int_equal(load_with_file(text, "", &v, &e), 0);
	assert_string_equal(v.name, "bea");
	assert_string_equal(v.key_file, "/etc/key");
	assert_string_equal(v.config, config_path);
	assert_int_equal(v.hosts.n, 2);
	assert_string_equal(v.hosts.items[0], "h1");
	assert_int_equal(v.count, 3);
	assert_int_equal(v.share, 125);
	assert_int_equal(v.wait, 90000);
	assert_true(v.fast);
	assert_int_equal(v.colour, 0);
	options_done(&table, &v);

	assert_int_equal(load_with_file(text, "--name carl --hosts h3 --no-fast --share=2", &v, &e), 0);
	assert_string_equal(v.name, "carl");
	assert_int_equal(v.hosts.n, 1);
	assert_string_equal(v.hosts.items[0], "h3");
	assert_false(v.fast);
	assert_int_equal(v.share, 2000);
	assert_int_equal(v.count, 3);
	options_done(&table, &v);

	assert_int_equal(load_with_file("share: 3\nhosts: x, y\nname: \"7\"\nwait: \"1h\"\n", "", &v, &e), 0);
	assert_int_equal(v.share, 3000);
	assert_int_equal(v.hosts.n, 2);
	assert_string_equal(v.hosts.items[1], "y");
	assert_string_equal(v.name, "7");
	options_done(&table, &v);

	assert_int_equal(load_with_file("# nothing but this\n", "", &v, &e), 0);
	assert_int_equal(v.count, 5);
	options_done(&table, &v);
}

static void wrong_values_in_the_file_are_named_with_the_file(void **state)
{
	(void)state;
	assert_file_refused("nonsense: 1\n", "unknown option \"nonsense\"");
	assert_file_refused("help: true\n", "not an option for a file: \"help\"");
	assert_file_refused("config: other\n", "not an option for a file: \"config\"");
	assert_file_refused("- name\n", "must be a mapping of option names to values");
	assert_file_refused("name: 7\n", "option name: wants text");
	assert_file_refused("name:\n", "option name: wants text");
	assert_file_refused("name: {a: b}\n", "option name: wants text");
	assert_file_refused("key-file: 7\n", "option key-file: wants a file name");
	assert_file_refused("hosts: 7\n", "option hosts: wants a list of texts");
	assert_file_refused("hosts: [a, 7]\n", "option hosts: element 2 is no text");
	assert_file_refused("hosts: [a, \"\"]\n", "option hosts: has an empty element");
	assert_file_refused("count: \"3\"\n", "option count: wants a whole number");
	assert_file_refused("count: 2.5\n", "option count: wants a whole number");
	assert_file_refused("count: 11\n", "option count: must be from 1 to 10");
	assert_file_refused("share: 0.0001\n", "option share: wants a number with at most three decimals");
	assert_file_refused("share: 1e300\n", "option share: wants a number with at most three decimals");
	assert_file_refused("share: half\n", "option share: wants a number with at most three decimals");
	assert_file_refused("wait: 10\n", "option wait: wants a duration like 10s or 1h30m, not \"10\"");
	assert_file_refused("wait: soon\n", "option wait: wants a duration like 10s or 1h30m, not \"soon\"");
	assert_file_refused("fast: 1\n", "option fast: wants true or false");
	assert_file_refused("fast: \"true\"\n", "option fast: wants true or false");
	assert_file_refused("colour: pink\n", "option colour: must be one of: red, green, blue");
}

static void a_file_that_is_no_yaml_is_refused_with_its_line(void **state)
{
	(void)state;
	struct values v;
	struct err e;
	char place[64];
	assert_int_equal(load_with_file("name: bea\ncount: [1\n", "", &v, &e), -1);
	snprintf(place, sizeof(place), "%s:", config_path);
	assert_non_null(strstr(e.text, place));
	options_done(&table, &v);
}

static void a_required_option_may_come_from_file_or_flag(void **state)
{
	(void)state;
	static const struct option one[] = {
	    {.name = "name", .type = OPTION_STRING, .required = true, .group = "One", .help = "A name.", AT(name)},
	    {.name = "config", .type = OPTION_CONFIG, .group = "One", .help = "The file.", AT(config)},
	};
	static const struct options small = {.rows = one, .n = 2, .program = "prog", .summary = "does things"};
	struct values v = {0};
	struct err e;
	const char *none[] = {"prog"};
	assert_int_equal(options_load(&small, 1, none, &v, &e), -1);
	assert_string_equal(e.text, "option name is required: give --name, or name in the configuration file");
	const char *flag[] = {"prog", "--name", "x"};
	assert_int_equal(options_load(&small, 3, flag, &v, &e), 0);
	options_done(&small, &v);
	write_config("name: y\n");
	const char *file[] = {"prog", "--config", config_path};
	assert_int_equal(options_load(&small, 3, file, &v, &e), 0);
	assert_string_equal(v.name, "y");
	options_done(&small, &v);
}

static void help_names_each_option_with_its_range_and_default(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(65536);
	options_help(&table, &out);
	const char *text = buf_str(&out);
	for (size_t i = 0; i < table.n; i++) {
		assert_non_null(strstr(text, rows[i].name));
		assert_non_null(strstr(text, rows[i].help));
	}
	assert_non_null(strstr(text, "\nTwo:\n  --count <number>\n      How many. [1 to 10; default 5]\n"));
	assert_non_null(strstr(text, "  --[no-]fast\n"));
	assert_non_null(strstr(text, "  --colour <red, green, blue>\n      A colour. [default green]\n"));
	buf_done(&out);
}

static void the_reference_has_one_row_per_option(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(65536);
	options_markdown(&table, &out);
	assert_non_null(strstr(buf_str(&out), "\n| `wait` | duration: 1s to 1h | `10s` | A time. |\n"));
	assert_non_null(strstr(buf_str(&out), "\n| `--config` | file |  | The file. |\n"));
	buf_done(&out);
}

static void the_sample_file_is_a_file_that_changes_nothing_and_stays_one_with_its_comments_lifted(void **state)
{
	(void)state;
	struct buf out = BUF_INIT(65536);
	struct values v;
	struct err e;
	options_sample(&table, &out);
	assert_int_equal(load_with_file(buf_str(&out), "", &v, &e), 0);
	assert_int_equal(v.count, 5);
	options_done(&table, &v);
	assert_non_null(strstr(buf_str(&out), "# How many.\n# count: 5\n"));
	char *line = strstr(buf_str(&out), "# count: 5");
	memcpy(line, "  count: 6", strlen("  count: 6"));
	memmove(line, line + 2, strlen(line + 2) + 1);
	assert_int_equal(load_with_file(buf_str(&out), "", &v, &e), 0);
	assert_int_equal(v.count, 6);
	options_done(&table, &v);
	buf_done(&out);
}

static int make_config(void **state)
{
	(void)state;
	int fd = mkstemp(config_path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_config(void **state)
{
	(void)state;
	return unlink(config_path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_flags_every_value_is_its_default),
	    cmocka_unit_test(flags_are_read_in_both_spellings),
	    cmocka_unit_test(a_list_is_given_with_commas_or_by_repeating_and_replaces_the_default),
	    cmocka_unit_test(wrong_flags_are_named_in_one_sentence),
	    cmocka_unit_test(an_action_wins_over_everything_else),
	    cmocka_unit_test(the_file_gives_values_of_every_type_and_flags_win),
	    cmocka_unit_test(wrong_values_in_the_file_are_named_with_the_file),
	    cmocka_unit_test(a_file_that_is_no_yaml_is_refused_with_its_line),
	    cmocka_unit_test(a_required_option_may_come_from_file_or_flag),
	    cmocka_unit_test(help_names_each_option_with_its_range_and_default),
	    cmocka_unit_test(the_reference_has_one_row_per_option),
	    cmocka_unit_test(the_sample_file_is_a_file_that_changes_nothing_and_stays_one_with_its_comments_lifted),
	};
	return cmocka_run_group_tests(tests, make_config, remove_config);
}

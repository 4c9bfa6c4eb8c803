/* The program `simulate`: see usage(). */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "tests/simulate/sim.h"

#define EXIT_BAD_INPUT 2

static const char usage[] = "simulate: the whole adapter in a simulated world, from seeds\n"
			    "\n"
			    "  --seeds N        run so many seeds (default 100)\n"
			    "  --first S        beginning with this one (default 1)\n"
			    "  --seed S         run this one only\n"
			    "  --trace          print what happens, a line each\n"
			    "  --faults LIST    all (the default), none, or kinds with commas between\n"
			    "  --mode NAME      what nodes stand for: agent (the default), aggregate, or changing with "
			    "each life\n"
			    "  --mutation NAME  with an adapter that is broken in this way\n"
			    "  --mutations      every way of being broken must be noticed within --seeds\n";

struct arguments {
	uint64_t first, seeds;
	struct sim_options options;
	bool mutations;
};

static int wrong(const char *what)
{
	fprintf(stderr, "simulate: %s\n\n%s", what, usage);
	return -1;
}

static int number(const char *text, uint64_t *ret)
{
	char *end;
	errno = 0;
	unsigned long long n = text ? strtoull(text, &end, 10) : 0;
	if (!text || end == text || *end || errno) {
		return wrong("a number is missing");
	}
	*ret = n;
	return 0;
}

static int wrong_faults(void)
{
	wrong("unknown fault; there are:");
	for (unsigned i = 0; i < FAULTS; i++) {
		fprintf(stderr, "  %s\n", fault_name((enum fault)i));
	}
	return -1;
}

static int wrong_mutation(void)
{
	wrong("unknown mutation; there are:");
	for (unsigned i = MUTATION_NONE + 1; i < MUTATIONS; i++) {
		fprintf(stderr, "  %s\n", mutation_name((enum mutation)i));
	}
	return -1;
}

static int parse_mode(const char *name, enum sim_mode *ret)
{
	static const char *const names[] = {
	    [SIM_MODE_AGENT] = "agent", [SIM_MODE_AGGREGATE] = "aggregate", [SIM_MODE_CHANGING] = "changing"};
	for (size_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i], name) == 0) {
			*ret = (enum sim_mode)i;
			return 0;
		}
	}
	return wrong("unknown mode");
}

static int parse(int argc, char **argv, struct arguments *ret)
{
	*ret = (struct arguments){.first = 1, .seeds = 100, .options.faults = FAULTS_ALL};
	for (int i = 1; i < argc; i++) {
		const char *word = argv[i], *value = argv[i + 1];
		int bad = 0;
		if (strcmp(word, "--trace") == 0) {
			ret->options.trace = true;
			continue;
		}
		if (strcmp(word, "--mutations") == 0) {
			ret->mutations = true;
			continue;
		}
		if (strcmp(word, "--faults") == 0) {
			bad = faults_parse(value ? value : "", &ret->options.faults) < 0 ? wrong_faults() : 0;
		} else if (strcmp(word, "--mode") == 0) {
			bad = parse_mode(value, &ret->options.mode);
		} else if (strcmp(word, "--mutation") == 0) {
			bad = mutation_parse(value ? value : "", &ret->options.mutation) < 0 ? wrong_mutation() : 0;
		} else if (strcmp(word, "--seeds") == 0) {
			bad = number(value, &ret->seeds);
		} else if (strcmp(word, "--first") == 0) {
			bad = number(value, &ret->first);
		} else if (strcmp(word, "--seed") == 0) {
			bad = number(value, &ret->first);
			ret->seeds = 1;
		} else {
			bad = wrong("unknown option");
		}
		if (bad) {
			return -1;
		}
		i++;
	}
	return 0;
}

/* The program's own clock, which is not the simulated one. */
static double seconds(void)
{
	return (double)clock() / CLOCKS_PER_SEC;
}

struct totals {
	uint64_t seeds, events, steps, requests, launched, lives;
	int64_t virtual_ms;
	double began;
};

/* On stderr, as it is another each time, and a trace is not. */
static void say_progress(const struct totals *t, const char *end)
{
	double cpu = seconds() - t->began;
	fprintf(stderr,
		"%s%" PRIu64 " seeds, %.1f h of virtual time, %" PRIu64 " lives, %" PRIu64 " launches, %" PRIu64
		" requests, %" PRIu64 " events, %.1f s of CPU, %.1f seeds/s%s",
		isatty(STDERR_FILENO) ? "\r" : "", t->seeds, (double)t->virtual_ms / 3600000.0, t->lives, t->launched,
		t->requests, t->events, cpu, cpu > 0 ? (double)t->seeds / cpu : 0.0, end);
}

static void add(struct totals *t, const struct sim_outcome *o)
{
	t->seeds++;
	t->events += o->events;
	t->steps += o->steps;
	t->requests += o->requests;
	t->launched += o->launched;
	t->lives += o->lives;
	t->virtual_ms += o->virtual_ms;
}

static int run_seeds(const struct arguments *a)
{
	struct totals totals = {.began = seconds()};
	for (uint64_t i = 0; i < a->seeds; i++) {
		struct sim_options options = a->options;
		struct sim_outcome outcome;
		options.seed = a->first + i;
		bool well = sim_run(&options, &outcome);
		add(&totals, &outcome);
		if (!well) {
			say_progress(&totals, "\n");
			printf("seed %" PRIu64 " failed: %s\n", options.seed, outcome.violation);
			return EXIT_FAILURE;
		}
		if (isatty(STDERR_FILENO) || (i + 1) % 1000 == 0) {
			say_progress(&totals, isatty(STDERR_FILENO) ? "" : "\n");
		}
	}
	say_progress(&totals, "\n");
	return EXIT_SUCCESS;
}

/* The seed that noticed what it breaks, and not something else, or 0. Without it that seed is well. */
static uint64_t noticed(const struct arguments *a, enum mutation mutation, struct sim_outcome *outcome)
{
	for (uint64_t i = 0; i < a->seeds; i++) {
		struct sim_options options = a->options;
		struct sim_outcome sound;
		options.seed = a->first + i;
		options.mutation = mutation;
		options.faults &= mutation_faults(mutation);
		if (!sim_run(&options, outcome) && mutation_is_that(mutation, outcome->violation)) {
			options.mutation = MUTATION_NONE;
			return sim_run(&options, &sound) ? options.seed : 0;
		}
	}
	return 0;
}

static int run_mutations(const struct arguments *a)
{
	int code = EXIT_SUCCESS;
	for (unsigned i = MUTATION_NONE + 1; i < MUTATIONS; i++) {
		struct sim_outcome outcome;
		uint64_t seed = noticed(a, (enum mutation)i, &outcome);
		if (seed) {
			printf("%-20s seed %" PRIu64 ": %s\n", mutation_name((enum mutation)i), seed,
			       outcome.violation);
		} else {
			printf("%-20s NOT NOTICED in %" PRIu64 " seeds\n", mutation_name((enum mutation)i), a->seeds);
			code = EXIT_FAILURE;
		}
		fflush(stdout);
	}
	return code;
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	if (parse(argc, argv, &arguments) < 0) {
		return EXIT_BAD_INPUT;
	}
	log_setup((enum log_level)(LOG_ERROR + 1), LOG_FORMAT_TEXT);
	return arguments.mutations ? run_mutations(&arguments) : run_seeds(&arguments);
}

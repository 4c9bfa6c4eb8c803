#include "tests/unit/kube/pod_fields_print.h"

#include <string.h>

#include "kube/pod_fields.h"

static const char opening[] =
    "# What becomes of each field of a pod\n"
    "\n"
    "Written by the program's own table (`kube/pod_fields.c`); a test compares the two. After a change:\n"
    "`UPDATE_DOCS=1 build/dev/tests/kube_test_pod_fields_doc`, from the top of the repository.\n"
    "\n"
    "- **handled**: translated, or taken into account.\n"
    "- **meaningless**: any value is right, for the reason given.\n"
    "- **only ...**: these values, and leaving it out, are fine; any other is refused.\n"
    "- **refused unless bound**: refused while the pod has no node; whoever bound it has heeded it.\n"
    "- **refused**: leaving it out, null and empty are fine; anything else is refused.\n"
    "\n"
    "A refused pod is not launched: it gets an event `Unsupported` and the condition `PodScheduled=False` (or the "
    "phase Failed,\n"
    "when it is bound already), both with the paths of the fields and the reasons. A field that is not listed "
    "here is refused as well.\n"
    "Init containers follow the rules of containers, and so does what lies below the fields of ephemeral ones. Of "
    "those "
    "only the\n"
    "container itself is not run: the event says so, and it waits with the reason; its pod goes on. A row that is not "
    "handled holds for all that lies below its "
    "field. A "
    "test\n"
    "compares the table with the published fields of the API, `tests/data/kubernetes/pod-fields-1.36.txt`.\n";

static const char *rule_name(enum pod_field_rule rule)
{
	switch (rule) {
	case FIELD_HANDLED:
		return "handled";
	case FIELD_MEANINGLESS:
		return "meaningless";
	case FIELD_DEFAULT_ONLY:
		return "only";
	case FIELD_PLACEMENT:
		return "refused unless bound";
	case FIELD_REFUSED:
		return "refused";
	}
	return "";
}

static void print_accepted(const char *accepted, FILE *out)
{
	const char *between = " ";
	while (accepted && *accepted) {
		size_t n = strcspn(accepted, "|");
		fprintf(out, "%s`%.*s`", between, (int)n, accepted);
		between = ", ";
		accepted += n + 1;
	}
}

void pod_fields_print(FILE *out)
{
	const struct pod_field *f, *before = NULL;
	fputs(opening, out);
	for (size_t i = 0; (f = pod_field_at(i)) != NULL; i++) {
		if (!before || before->scope != f->scope) {
			fprintf(out, "\n## `%s`\n\n| field | what becomes of it | why, or how |\n|---|---|---|\n",
				pod_scope_path(f->scope));
		}
		fprintf(out, "| `%s` | %s", f->key, rule_name(f->rule));
		print_accepted(f->accepted, out);
		fprintf(out, " | %s |\n", f->why);
		before = f;
	}
}

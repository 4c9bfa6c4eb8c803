#include "tests/sandbox/kube/protobuf_fields.h"

#include <stddef.h>

typedef const struct protobuf_field fields[];

#define TEXT(n, name)                                                                                                  \
	{                                                                                                              \
		n, name, PROTOBUF_TEXT, 0, NULL                                                                        \
	}
#define TEXTS(n, name)                                                                                                 \
	{                                                                                                              \
		n, name, PROTOBUF_TEXT, PROTOBUF_LIST, NULL                                                            \
	}
#define TEXT_POINTER(n, name)                                                                                          \
	{                                                                                                              \
		n, name, PROTOBUF_TEXT, PROTOBUF_POINTER, NULL                                                         \
	}
#define INT(n, name)                                                                                                   \
	{                                                                                                              \
		n, name, PROTOBUF_INT, 0, NULL                                                                         \
	}
#define INT_POINTER(n, name)                                                                                           \
	{                                                                                                              \
		n, name, PROTOBUF_INT, PROTOBUF_POINTER, NULL                                                          \
	}
#define BOOL(n, name)                                                                                                  \
	{                                                                                                              \
		n, name, PROTOBUF_BOOL, 0, NULL                                                                        \
	}
#define BOOL_POINTER(n, name)                                                                                          \
	{                                                                                                              \
		n, name, PROTOBUF_BOOL, PROTOBUF_POINTER, NULL                                                         \
	}
#define TIME(n, name)                                                                                                  \
	{                                                                                                              \
		n, name, PROTOBUF_TIME, 0, NULL                                                                        \
	}
#define MESSAGE(n, name, table)                                                                                        \
	{                                                                                                              \
		n, name, PROTOBUF_MESSAGE, 0, table                                                                    \
	}
#define MESSAGES(n, name, table)                                                                                       \
	{                                                                                                              \
		n, name, PROTOBUF_MESSAGE, PROTOBUF_LIST, table                                                        \
	}
#define MAP(n, name, kind)                                                                                             \
	{                                                                                                              \
		n, name, kind, 0, NULL                                                                                 \
	}
#define IGNORED(n, name)                                                                                               \
	{                                                                                                              \
		n, name, PROTOBUF_IGNORED, 0, NULL                                                                     \
	}
#define END                                                                                                            \
	{                                                                                                              \
		0, NULL, PROTOBUF_TEXT, 0, NULL                                                                        \
	}

fields PROTOBUF_TYPE_META = {TEXT(1, "apiVersion"), TEXT(2, "kind"), END};
fields PROTOBUF_QUANTITY = {TEXT(1, "string"), END};

static fields OWNER_REFERENCE = {
    TEXT(1, "kind"),
    TEXT(3, "name"),
    TEXT(4, "uid"),
    TEXT(5, "apiVersion"),
    BOOL_POINTER(6, "controller"),
    BOOL_POINTER(7, "blockOwnerDeletion"),
    END,
};

static fields OBJECT_META = {
    TEXT(1, "name"),
    TEXT(2, "generateName"),
    TEXT(3, "namespace"),
    TEXT(4, "selfLink"),
    TEXT(5, "uid"),
    TEXT(6, "resourceVersion"),
    INT(7, "generation"),
    TIME(8, "creationTimestamp"),
    TIME(9, "deletionTimestamp"),
    INT_POINTER(10, "deletionGracePeriodSeconds"),
    MAP(11, "labels", PROTOBUF_MAP_TEXT),
    MAP(12, "annotations", PROTOBUF_MAP_TEXT),
    MESSAGES(13, "ownerReferences", OWNER_REFERENCE),
    TEXTS(14, "finalizers"),
    IGNORED(17, "managedFields"),
    END,
};

#define METADATA                                                                                                       \
	{                                                                                                              \
		1, "metadata", PROTOBUF_MESSAGE, PROTOBUF_POINTER, OBJECT_META                                         \
	}

static fields NAMESPACE_SPEC = {TEXTS(1, "finalizers"), END};
static fields NAMESPACE = {METADATA, MESSAGE(2, "spec", NAMESPACE_SPEC), IGNORED(3, "status"), END};

static fields CONFIG_MAP = {
    METADATA, MAP(2, "data", PROTOBUF_MAP_TEXT), MAP(3, "binaryData", PROTOBUF_MAP_BYTES), BOOL_POINTER(4, "immutable"),
    END,
};

static fields SECRET = {
    METADATA,
    MAP(2, "data", PROTOBUF_MAP_BYTES),
    TEXT(3, "type"),
    MAP(4, "stringData", PROTOBUF_MAP_TEXT),
    BOOL_POINTER(5, "immutable"),
    END,
};

static fields LOCAL_REFERENCE = {TEXT(1, "name"), END};

static fields SERVICE_ACCOUNT = {
    METADATA,
    MESSAGES(3, "imagePullSecrets", LOCAL_REFERENCE),
    BOOL_POINTER(4, "automountServiceAccountToken"),
    END,
};

static fields PRECONDITIONS = {TEXT_POINTER(1, "uid"), TEXT_POINTER(2, "resourceVersion"), END};

static fields DELETE_OPTIONS = {
    INT_POINTER(1, "gracePeriodSeconds"),
    MESSAGE(2, "preconditions", PRECONDITIONS),
    BOOL_POINTER(3, "orphanDependents"),
    TEXT_POINTER(4, "propagationPolicy"),
    TEXTS(5, "dryRun"),
    END,
};

static fields EVICTION = {METADATA, MESSAGE(2, "deleteOptions", DELETE_OPTIONS), END};

static fields RESOURCE_ATTRIBUTES = {
    TEXT(1, "namespace"), TEXT(2, "verb"),	  TEXT(3, "group"), TEXT(4, "version"),
    TEXT(5, "resource"),  TEXT(6, "subresource"), TEXT(7, "name"),  END,
};

static fields PATH_ATTRIBUTES = {TEXT(1, "path"), TEXT(2, "verb"), END};

static fields SELF_REVIEW_SPEC = {
    MESSAGE(1, "resourceAttributes", RESOURCE_ATTRIBUTES),
    MESSAGE(2, "nonResourceAttributes", PATH_ATTRIBUTES),
    END,
};

static fields SELF_REVIEW = {METADATA, MESSAGE(2, "spec", SELF_REVIEW_SPEC), IGNORED(3, "status"), END};

static fields REVIEW_SPEC = {
    MESSAGE(1, "resourceAttributes", RESOURCE_ATTRIBUTES),
    MESSAGE(2, "nonResourceAttributes", PATH_ATTRIBUTES),
    TEXT(3, "user"),
    TEXTS(4, "groups"),
    TEXT(6, "uid"),
    END,
};

static fields REVIEW = {METADATA, MESSAGE(2, "spec", REVIEW_SPEC), IGNORED(3, "status"), END};

static fields BOUND_REFERENCE = {TEXT(1, "kind"), TEXT(2, "apiVersion"), TEXT(3, "name"), TEXT(4, "uid"), END};

static fields TOKEN_REQUEST_SPEC = {
    TEXTS(1, "audiences"),
    MESSAGE(3, "boundObjectRef", BOUND_REFERENCE),
    INT_POINTER(4, "expirationSeconds"),
    END,
};

static fields TOKEN_REQUEST = {METADATA, MESSAGE(2, "spec", TOKEN_REQUEST_SPEC), IGNORED(3, "status"), END};

static fields PRIORITY_CLASS = {
    METADATA, INT(2, "value"), BOOL(3, "globalDefault"), TEXT(4, "description"), TEXT_POINTER(5, "preemptionPolicy"),
    END,
};

static fields ENVIRONMENT = {TEXT(1, "name"), TEXT(2, "value"), END};

static fields RESOURCES = {
    MAP(1, "limits", PROTOBUF_MAP_QUANTITY),
    MAP(2, "requests", PROTOBUF_MAP_QUANTITY),
    END,
};

static fields CONTAINER = {
    TEXT(1, "name"),
    TEXT(2, "image"),
    TEXTS(3, "command"),
    TEXTS(4, "args"),
    TEXT(5, "workingDir"),
    MESSAGES(7, "env", ENVIRONMENT),
    MESSAGE(8, "resources", RESOURCES),
    TEXT(13, "terminationMessagePath"),
    TEXT(14, "imagePullPolicy"),
    BOOL(16, "stdin"),
    BOOL(17, "stdinOnce"),
    BOOL(18, "tty"),
    TEXT(20, "terminationMessagePolicy"),
    END,
};

static fields POD_SPEC = {
    MESSAGES(2, "containers", CONTAINER),
    TEXT(3, "restartPolicy"),
    INT_POINTER(4, "terminationGracePeriodSeconds"),
    TEXT(6, "dnsPolicy"),
    MAP(7, "nodeSelector", PROTOBUF_MAP_TEXT),
    TEXT(8, "serviceAccountName"),
    TEXT(10, "nodeName"),
    TEXT(19, "schedulerName"),
    MESSAGES(20, "initContainers", CONTAINER),
    END,
};

static fields POD_TEMPLATE = {MESSAGE(1, "metadata", OBJECT_META), MESSAGE(2, "spec", POD_SPEC), END};

static fields JOB_SPEC = {
    INT_POINTER(1, "parallelism"),  INT_POINTER(2, "completions"), MESSAGE(6, "template", POD_TEMPLATE),
    INT_POINTER(7, "backoffLimit"), BOOL_POINTER(10, "suspend"),   END,
};

static fields JOB = {METADATA, MESSAGE(2, "spec", JOB_SPEC), IGNORED(3, "status"), END};

const struct protobuf_type PROTOBUF_TYPES[] = {
    {"v1", "Namespace", NAMESPACE},
    {"v1", "ConfigMap", CONFIG_MAP},
    {"v1", "Secret", SECRET},
    {"v1", "ServiceAccount", SERVICE_ACCOUNT},
    {"v1", "DeleteOptions", DELETE_OPTIONS},
    {"meta.k8s.io/v1", "DeleteOptions", DELETE_OPTIONS},
    {"policy/v1", "Eviction", EVICTION},
    {"authorization.k8s.io/v1", "SelfSubjectAccessReview", SELF_REVIEW},
    {"authorization.k8s.io/v1", "SubjectAccessReview", REVIEW},
    {"authentication.k8s.io/v1", "TokenRequest", TOKEN_REQUEST},
    {"scheduling.k8s.io/v1", "PriorityClass", PRIORITY_CLASS},
    {"batch/v1", "Job", JOB},
    {NULL, NULL, NULL},
};

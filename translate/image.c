#include "translate/image.h"

#include "mesos/wire.h"

json_t *image_json(const char *name, bool pull_always)
{
	json_t *docker = json_object(), *image = json_object();
	json_object_set_new(docker, "name", wire_new_string(name));
	json_object_set_new(image, "type", json_string("DOCKER"));
	json_object_set_new(image, "docker", docker);
	if (pull_always) {
		json_object_set_new(image, "cached", json_false());
	}
	return image;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot/container.h"

#define ID       "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAMELESS "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID      "8a9b0c1d-1111-2222-3333-444455556666"

static void assert_names(const char *cgroup, const char *root, const char *want)
{
	auto_buf struct buf b = {0};
	struct container c;
	int ret = container_parse(cgroup, &c);

	if (!want) {
		assert_int_equal(ret, -ENOENT);
		return;
	}
	assert_int_equal(ret, 0);
	container_format(&c, root, &b);
	assert_string_equal(b.s, want);
}

static void test_paths(void **state)
{
	static const char *const cases[][2] = {
		{"", NULL},
		{"0::/", NULL},
		{"0::/user.slice", NULL},
		{"garbage\n:\n::\n0:", NULL},
		{"0::/system.slice/docker-" ID ".scope\n", "docker:0123456789ab"},
		{"0::/docker/" ID, "docker:0123456789ab"},
		{"12:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n",
			"docker:0123456789ab"},
		{"0::/machine.slice/libpod-" ID ".scope/container", "podman:0123456789ab"},
		{"0::/machine.slice/libpod-conmon-" ID ".scope", "unit:libpod-conmon-" ID ".scope"},
		{"0::/lxc.payload.web/system.slice/cron.service", "lxc:web"},
		{"0::/lxc/web", "lxc:web"},
		{"0::/machine.slice/systemd-nspawn@deb.service/payload", "nspawn:deb"},
		{"0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "machine:qemu\\x2d1\\x2dvm"},
		{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod"
		 "8a9b0c1d_1111_2222_3333_444455556666.slice/cri-containerd-" ID ".scope",
			"containerd:0123456789ab,pod:" UID},
		{"0::/kubepods/besteffort/pod" UID "/" ID, "container:0123456789ab,pod:" UID},
		{"0::/kubepods.slice/kubepods-pod8a9b0c1d_1111_2222_3333_444455556666.slice/"
		 "crio-" ID ".scope",
			"cri-o:0123456789ab,pod:" UID},
		/* Below a pod, of its length, and none. */
		{"0::/kubepods/pod" UID "/podnot_the_uid_of_a_pod_but_as_long_as_/" ID,
			"container:0123456789ab,pod:" UID},
		{"0::/system.slice/ssh.service", "unit:ssh.service"},
		{"0::/user.slice/user-0.slice/session-3.scope", "unit:session-3.scope"},
		{"0::/system.slice/docker-" ID ".scopes", NULL},
		/* What a user's own manager, or a container, called so. */
		{"0::/user.slice/user-1002.slice/user@1002.service/lxc.payload.web",
			"lxc:web,user:1002"},
		{"0::/user.slice/user-1002.slice/user@1002.service/user.slice/docker-" ID ".scope",
			"docker:0123456789ab,user:1002"},
		{"0::/user.slice/user-1002.slice/user@1002.service/app.slice/x.service",
			"unit:x.service,user:1002"},
		{"0::/user.slice/user-1002.slice/user@1002.service", "unit:user@1002.service"},
		{"0::/user.slice/user-0.slice/user@0.service/x.service", "unit:x.service"},
		{"0::/user.slice/user@1002x.service/x.service", "unit:x.service"},
		{"0::/docker/" ID "/lxc.payload.web", "lxc:web,in:docker:0123456789ab"},
		{"0::/lxc.payload.a/docker/" NAMELESS "/lxc.payload.web/x.service",
			"lxc:web,in:docker:fedcba987654"},
		{"0::/docker/notanid", NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_names(cases[i][0], "/nonexistent", cases[i][1]);
}

static void put(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *s = full + strlen(root) + 1; (s = strchr(s, '/')); s++) {
		*s = '\0';
		mkdir(full, 0700);
		*s = '/';
	}
	if (!text)
		return;
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void test_names(void **state)
{
	char root[] = "/tmp/test_container.XXXXXX", cmd[64];

	assert_non_null(mkdtemp(root));
	put(root, "/var/lib/docker/containers/" ID "/config.v2.json",
		"{\"ID\":\"" ID "\",\"Name\":\"/web\",\"Driver\":\"overlay2\"}");
	put(root, "/var/lib/containers/storage/overlay-containers/containers.json",
		"[{\"id\":\"ffff\",\"names\":[\"no\"]},{\"id\":\"" ID
		"\",\"names\":[\"pod-man\"]}]");
	put(root, "/var/lib/containers/storage/vfs-containers/containers.json",
		"[{\"id\":\"" NAMELESS "\",\"names\":[]},{\"id\":\"ffff\",\"names\":[\"no\"]}]");
	put(root, "/var/log/pods/default_nginx-1_" UID "/", NULL);
	assert_names("0::/docker/" ID, root, "docker:web");
	assert_names("0::/machine.slice/libpod-" ID ".scope", root, "podman:pod-man");
	/* Not the name of the next one. */
	assert_names("0::/machine.slice/libpod-" NAMELESS ".scope", root, "podman:fedcba987654");
	assert_names(
		"0::/kubepods/pod" UID "/" ID, root, "container:0123456789ab,pod:default/nginx-1");
	snprintf(cmd, sizeof(cmd), "rm -r %s", root);
	assert_int_equal(system(cmd), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

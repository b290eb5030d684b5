// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "snapshot/container.h"
#include "snapshot/from_proc.h"
#include "snapshot/inits.h"
#include "snapshot/runtime.h"
#include "snapshot/statefile.h"

#define ID        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAMELESS  "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
#define UID       "8a9b0c1d-1111-2222-3333-444455556666"
#define SLICE_UID "8a9b0c1d_1111_2222_3333_444455556666"

static void assert_names(const char *cgroup, const char *below, const char *want)
{
	auto_buf struct buf b = {0};
	struct container c;
	int ret = container_parse(cgroup, &c);

	if (!want) {
		assert_int_equal(ret, -ENOENT);
		return;
	}
	assert_int_equal(ret, 0);
	container_format(&c, below, &b);
	assert_string_equal(b.s, want);
}

static void test_paths(void **state)
{
	static const char *const cases[][2] = {
		{"", NULL},
		{"0::/", NULL},
		{"0::/user.slice", NULL},
		{"garbage\n:\n::\n0:", NULL},
		/* docker: daemon/oci_linux.go, WithCgroups(): with systemd, with cgroupfs, rootless
		 */
		{"0::/system.slice/docker-" ID ".scope\n", "docker:0123456789ab"},
		{"0::/docker/" ID, "docker:0123456789ab"},
		{"12:pids:/docker/" ID "\n1:name=systemd:/docker/" ID "\n0::/\n",
			"docker:0123456789ab"},
		{"0::/user.slice/user-1002.slice/user@1002.service/user.slice/docker-" ID ".scope",
			"docker:0123456789ab,user:1002"},
		{"0::/system.slice/docker-" ID ".scopes", NULL},
		{"0::/docker/notanid", NULL},
		/* podman: libpod/container_internal_linux.go, getOCICgroupPath(); as cgroups=split
		 */
		{"0::/machine.slice/libpod-" ID ".scope", "podman:0123456789ab"},
		{"0::/machine.slice/libpod-" ID ".scope/container", "podman:0123456789ab"},
		{"0::/libpod_parent/libpod-" ID, "podman:0123456789ab"},
		{"0::/machine.slice/machine-libpod_pod_" NAMELESS ".slice/libpod-" ID ".scope",
			"podman:0123456789ab,pod:fedcba987654"},
		{"0::/machine.slice/machine-libpod_pod_" NAMELESS "0.slice/libpod-" ID ".scope",
			"podman:0123456789ab"},
		{"0::/libpod_parent/" NAMELESS "/libpod-" ID,
			"podman:0123456789ab,pod:fedcba987654"},
		{"0::/system.slice/web.service/libpod-payload-" ID, "podman:0123456789ab"},
		{"0::/system.slice/web.service/runtime", "unit:web.service"},
		{"0::/user.slice/user-1002.slice/user@1002.service/user.slice/libpod-" ID
		 ".scope/container",
			"podman:0123456789ab,user:1002"},
		/* conmon: the monitor is not in the container (moveConmonToCgroupAndSignal()) */
		{"0::/machine.slice/libpod-conmon-" ID ".scope", "unit:libpod-conmon-" ID ".scope"},
		{"0::/libpod_parent/conmon", NULL},
		{"0::/system.slice/crio-conmon-" ID ".scope", "unit:crio-conmon-" ID ".scope"},
		/* containerd and nerdctl: pkg/cmd/container/run_cgroup_linux.go; ctr's namespaces
		 */
		{"0::/system.slice/nerdctl-" ID ".scope", "containerd:0123456789ab"},
		{"0::/default/" ID, "containerd:0123456789ab"},
		{"0::/k8s.io/" ID, "containerd:0123456789ab"},
		/* crun: src/libcrun/cgroup-systemd.c; runc: libcontainer/specconv/spec_linux.go */
		{"0::/system.slice/crun-web.scope", "crun:web"},
		{"0::/system.slice/runc-web.scope", "runc:web"},
		/* the kubelet: pkg/kubelet/cm/cgroup_manager_linux.go; cgroupfs first, then systemd
		 */
		{"0::/kubepods/besteffort/pod" UID "/" ID, "container:0123456789ab,pod:" UID},
		{"11:memory:/kubepods/burstable/pod" UID "/crio-" ID,
			"cri-o:0123456789ab,pod:" UID},
		{"0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SLICE_UID
		 ".slice/cri-containerd-" ID ".scope",
			"containerd:0123456789ab,pod:" UID},
		{"0::/kubepods.slice/kubepods-pod" SLICE_UID ".slice/crio-" ID ".scope",
			"cri-o:0123456789ab,pod:" UID},
		{"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" SLICE_UID
		 ".slice/docker-" ID ".scope",
			"docker:0123456789ab,pod:" UID},
		/* a static pod's uid is a hash of its configuration: pkg/kubelet/config/common.go
		 */
		{"0::/kubepods/burstable/pod0123456789abcdef0123456789abcdef/" ID,
			"container:0123456789ab,pod:0123456789abcdef0123456789abcdef"},
		/* kind: its kubelet has the root /kubelet */
		{"0::/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
		 "kubelet-kubepods-burstable-pod" SLICE_UID ".slice/cri-containerd-" ID ".scope",
			"containerd:0123456789ab,pod:" UID},
		/* containerd without SystemdCgroup takes systemd's three parts as a name:
		 * getCgroupsPath() in pkg/cri/server/helpers.go */
		{"0::/system.slice/containerd.service/kubepods-burstable-pod" SLICE_UID
		 ".slice:cri-containerd:" ID,
			"containerd:0123456789ab,pod:" UID},
		{"0::/kubepods-pod" SLICE_UID ".slice:crio:" ID, "cri-o:0123456789ab,pod:" UID},
		{"0::/system.slice:docker:" ID, "docker:0123456789ab"},
		{"0::/system.slice:docker:notanid", NULL},
		/* Below a pod, of its length, and none. */
		{"0::/kubepods/pod" UID "/podnot_the_uid_of_a_pod_but_as_long_as_/" ID,
			"container:0123456789ab,pod:" UID},
		/* lxc: src/lxc/cgroups/cgfsng.c, from 4.0 on and before; Incus and LXD run it with
		 * the name, which has the project's before it but for the default one */
		{"0::/lxc.payload.web/system.slice/cron.service", "lxc:web"},
		{"0::/lxc.payload.prod_web/init.scope", "lxc:prod_web"},
		{"0::/lxc.payload/web", "lxc:web"},
		{"0::/lxc/web", "lxc:web"},
		{"0::/user.slice/user-1002.slice/user@1002.service/app.slice/run-r1.scope/"
		 "lxc.payload."
		 "web",
			"lxc:web,user:1002"},
		{"0::/lxc.monitor.web", NULL},
		{"0::/lxc.monitor/web", NULL},
		/* systemd: units/systemd-nspawn@.service.in, src/machine/machine-dbus.c */
		{"0::/machine.slice/systemd-nspawn@deb.service/payload", "nspawn:deb"},
		{"0::/machine.slice/machine-deb.scope/payload/init.scope", "machine:deb"},
		{"0::/machine.slice/machine-qemu\\x2d1\\x2dvm.scope", "machine:qemu-1-vm"},
		{"0::/machine.slice/machine-a\\x2.scope", "machine:a\\x2"},
		{"0::/machine.slice/machine-a\\x00b.scope", "machine:a\\x00b"},
		{"0::/system.slice/ssh.service", "unit:ssh.service"},
		{"0::/system.slice/system-getty.slice/getty@tty1.service",
			"unit:getty@tty1.service"},
		{"0::/user.slice/user-0.slice/session-3.scope", "unit:session-3.scope"},
		{"0::/user.slice/user-1002.slice/user@1002.service/app.slice/x.service",
			"unit:x.service,user:1002"},
		{"0::/user.slice/user-1002.slice/user@1002.service", "unit:user@1002.service"},
		{"0::/user.slice/user-0.slice/user@0.service/x.service", "unit:x.service"},
		{"0::/user.slice/user@1002x.service/x.service", "unit:x.service"},
		/* flatpak: common/flatpak-run.c, flatpak_run_in_transient_unit() */
		{"0::/user.slice/user-1002.slice/user@1002.service/app.slice/"
		 "app-flatpak-org.mozilla.firefox-2891.scope",
			"flatpak:org.mozilla.firefox,user:1002"},
		{"0::/user.slice/user-1002.slice/user@1002.service/app.slice/"
		 "app-flatpak-com.visualstudio.code\\x2doss-1.scope",
			"flatpak:com.visualstudio.code-oss,user:1002"},
		{"0::/app-flatpak-a.b.scope", "flatpak:a.b"},
		/* snap: sandbox/cgroup/tracking.go; older ones have a dot in place of the dash */
		{"0::/system.slice/snap.lxd.daemon.service", "snap:lxd.daemon"},
		{"0::/user.slice/user-1002.slice/user@1002.service/app.slice/"
		 "snap.hello-world.sh-4706fe54-7802-4808-aa7e-ae8b567239e0.scope",
			"snap:hello-world.sh,user:1002"},
		{"0::/snap.hello-world.sh.4706fe54-7802-4808-aa7e-ae8b567239e0.scope",
			"snap:hello-world.sh"},
		{"0::/system.slice/snap.docker.dockerd.service/docker/" ID, "docker:0123456789ab"},
		{"0::/lxc.payload.web/system.slice/snap.lxd.daemon.service", "lxc:web"},
		/* What a user's own manager, or a container, called so. */
		{"0::/user.slice/user-1002.slice/user@1002.service/lxc.payload.web",
			"lxc:web,user:1002"},
		{"0::/docker/" ID "/lxc.payload.web", "lxc:web,in:docker:0123456789ab"},
		{"0::/lxc.payload.a/docker/" NAMELESS "/lxc.payload.web/x.service",
			"lxc:web,in:docker:fedcba987654"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_names(cases[i][0], "/nonexistent", cases[i][1]);
}

/* A directory with files of runtimes. */
static char root[64];

static int root_make(void **state)
{
	snprintf(root, sizeof(root), "/tmp/test_container.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int root_remove(void **state)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "rm -r %s", root);
	return system(cmd);
}

/* NULL: it is a directory. */
static void put(const char *path, const char *text)
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

static void full_path(const char *path, char ret[512])
{
	snprintf(ret, 512, "%s%s", root, path);
}

#define DOCKER "/var/lib/docker/containers/" ID "/config.v2.json"
#define PODMAN "/var/lib/containers/storage/"

static void test_names(void **state)
{
	put(DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/web\",\"Driver\":\"overlay2\"}");
	put(PODMAN "overlay-containers/containers.json",
		"[{\"id\":\"ffff\",\"names\":[\"no\"]},{\"id\":\"" ID "\",\"names\":[\"pod-man\"]},"
		"{\"id\":\"eeee\",\"names\":[\"fedcba987654-infra\"]}]");
	put(PODMAN "vfs-containers/containers.json",
		"[{\"id\":\"" NAMELESS "\",\"names\":[]},{\"id\":\"ffff\",\"names\":[\"no\"]}]");
	put("/var/log/pods/default_nginx-1_" UID "/", NULL);
	assert_names("0::/docker/" ID, root, "docker:web");
	assert_names("0::/machine.slice/libpod-" ID ".scope", root, "podman:pod-man");
	/* Of its pod the container that keeps the namespaces. */
	assert_names("0::/machine.slice/machine-libpod_pod_" NAMELESS ".slice/libpod-" ID ".scope",
		root, "podman:pod-man,pod:fedcba987654-infra");
	/* Not the name of the next one. */
	assert_names("0::/machine.slice/libpod-" NAMELESS ".scope", root, "podman:fedcba987654");
	assert_names("0::/kubepods/pod" UID "/" NAMELESS, root,
		"container:fedcba987654,pod:default/nginx-1");
}

static int names_of(const char *cgroup, struct container_names *ret)
{
	struct container c;

	assert_int_equal(container_parse(cgroup, &c), 0);
	return container_names_read(&c, root, ret);
}

static void assert_text(const char *s, const char *want)
{
	if (!want) {
		assert_null(s);
		return;
	}
	assert_non_null(s);
	assert_string_equal(s, want);
}

static void assert_found(const char *cgroup, const char *name, const char *pod,
	const char *pod_namespace, const char *image)
{
	auto_container_names struct container_names n = {0};

	assert_int_equal(names_of(cgroup, &n), 0);
	assert_text(n.name, name);
	assert_text(n.pod, pod);
	assert_text(n.pod_namespace, pod_namespace);
	assert_text(n.image, image);
}

static void assert_unfound(const char *cgroup, int error)
{
	auto_container_names struct container_names n = {0};

	assert_int_equal(names_of(cgroup, &n), error);
	assert_null(n.name);
}

static void test_image(void **state)
{
	put(DOCKER, "{\"Config\":{\"Image\":\"nginx:1\",\"Env\":[]},\"Name\":\"/web\"}\n");
	put(PODMAN "btrfs-containers/containers.json", "[]");
	put(PODMAN "overlay-containers/containers.json",
		"[{\"id\":\"" ID "\",\"names\":[\"web\",\"other\"],"
		"\"metadata\":\"{\\\"image-name\\\":\\\"localhost/a:1\\\"}\"}]");
	assert_found("0::/docker/" ID, "web", NULL, NULL, "nginx:1");
	assert_found("0::/libpod-" ID, "web", NULL, NULL, "localhost/a:1");
	assert_unfound("0::/docker/" NAMELESS, -ENOENT);
	assert_unfound("0::/libpod-" NAMELESS, -ENOENT);
	/* What is kept of a list is of that file only. */
	put(PODMAN "overlay-containers/containers.json",
		"[{\"id\":\"" NAMELESS "\",\"names\":[\"new\"]}]");
	assert_found("0::/libpod-" NAMELESS, "new", NULL, NULL, NULL);
	assert_unfound("0::/libpod-" ID, -ENOENT);
}

/* Where docker was told to keep its data. */
static void test_data_root(void **state)
{
	put("/srv/data/containers/" ID "/config.v2.json", "{\"Name\":\"/web\"}");
	assert_unfound("0::/docker/" ID, -ENOENT);
	put("/etc/docker/daemon.json", "{\"data-root\":\"srv/data\"}");
	assert_unfound("0::/docker/" ID, -ENOENT);
	put("/etc/docker/daemon.json", "{\"data-root\":7}");
	assert_unfound("0::/docker/" ID, -ENOENT);
	put("/etc/docker/daemon.json", "{\"data-root\":\"/srv/data\"}");
	assert_found("0::/docker/" ID, "web", NULL, NULL, NULL);
	/* It is root's: a user's docker has its own. */
	assert_unfound("0::/user.slice/user-4294967294.slice/user@4294967294.service/docker-" ID
		       ".scope",
		-ENOENT);
}

/* One file of one runtime, and what it says. */
static void test_layouts(void **state)
{
	static const struct {
		const char *cgroup, *path, *text, *name, *pod, *pod_namespace, *image;
	} cases[] = {
		{"0::/docker/" ID,
			"/var/snap/docker/common/var-lib-docker/containers/" ID "/config.v2.json",
			"{\"Name\":\"/web\"}", "web", NULL, NULL, NULL},
		/* cri-dockerd, core/naming.go: the kubelet's labels tell more than the name */
		{"0::/kubepods/pod" UID "/" ID, "/var/lib/docker/containers/" ID "/config.v2.json",
			"{\"Name\":\"/k8s_nginx_web-0_prod_" UID
			"_0\",\"Config\":{\"Image\":\"nginx\","
			"\"Labels\":{\"io.kubernetes.container.name\":\"nginx\","
			"\"io.kubernetes.pod.name\":\"web-0\","
			"\"io.kubernetes.pod.namespace\":\"prod\"}}}",
			"nginx", "web-0", "prod", "nginx"},
		/* Outside of a pod they are an image's. */
		{"0::/docker/" ID, "/var/lib/docker/containers/" ID "/config.v2.json",
			"{\"Name\":\"/web\",\"Config\":{"
			"\"Labels\":{\"io.kubernetes.container.name\":\"nginx\"}}}",
			"web", NULL, NULL, NULL},
		{"0::/libpod-" ID, "/var/lib/containers/storage/zfs-containers/containers.json",
			"[{\"id\":\"" ID "\",\"names\":[\"web\"]}]", "web", NULL, NULL, NULL},
		{"0::/libpod-" ID,
			"/var/lib/containers/storage/overlay-containers/volatile-containers.json",
			"[{\"id\":\"" ID "\",\"names\":[\"web\"]}]", "web", NULL, NULL, NULL},
		{"0::/libpod-" ID,
			"/run/containers/storage/overlay-containers/volatile-containers.json",
			"[{\"id\":\"" ID "\",\"names\":[\"web\"]}]", "web", NULL, NULL, NULL},
		/* containerd's CRI */
		{"0::/kubepods/pod" UID "/" ID,
			"/run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json",
			"{\"ociVersion\":\"1.0.2\",\"annotations\":{"
			"\"io.kubernetes.cri.container-name\":\"nginx\","
			"\"io.kubernetes.cri.container-type\":\"container\","
			"\"io.kubernetes.cri.image-name\":\"docker.io/library/nginx:1\","
			"\"io.kubernetes.cri.sandbox-name\":\"web-0\","
			"\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}",
			"nginx", "web-0", "prod", "docker.io/library/nginx:1"},
		{"0::/kubepods/pod" UID "/" ID,
			"/run/k3s/containerd/io.containerd.runtime.v2.task/k8s.io/" ID
			"/config.json",
			"{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"web-0\","
			"\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}",
			NULL, "web-0", "prod", NULL},
		{"0::/kubepods/pod" UID "/" ID, "/run/containerd/runc/k8s.io/" ID "/state.json",
			"{\"id\":\"" ID "\",\"config\":{\"labels\":["
			"\"io.kubernetes.cri.container-name=nginx\",\"nothing\",7,"
			"\"io.kubernetes.cri.sandbox-name=web-0\","
			"\"bundle=/run/containerd/x\"]}}",
			"nginx", "web-0", NULL, NULL},
		/* nerdctl: its labels; those of the image are beside them */
		{"0::/default/" ID,
			"/run/containerd/io.containerd.runtime.v2.task/default/" ID "/config.json",
			"{\"annotations\":{\"io.kubernetes.pod.name\":\"made-up\","
			"\"nerdctl/name\":\"web\",\"nerdctl/namespace\":\"default\"}}",
			"web", NULL, NULL, NULL},
		/* CRI-O */
		{"0::/kubepods.slice/kubepods-pod" SLICE_UID ".slice/crio-" ID ".scope",
			"/run/containers/storage/overlay-containers/" ID "/userdata/config.json",
			"{\"annotations\":{\"io.kubernetes.container.name\":\"nginx\","
			"\"io.kubernetes.pod.name\":\"web-0\","
			"\"io.kubernetes.pod.namespace\":\"prod\","
			"\"io.kubernetes.cri-o.ImageName\":\"quay.io/nginx:1\"}}",
			"nginx", "web-0", "prod", "quay.io/nginx:1"},
		{"0::/system.slice/crun-web.scope", "/run/crun/web/config.json",
			"{\"annotations\":{\"io.kubernetes.container.name\":\"nginx\"}}", "nginx",
			NULL, NULL, NULL},
		{"0::/system.slice/runc-web.scope", "/run/runc/web/state.json",
			"{\"config\":{\"labels\":[\"io.kubernetes.container.name=nginx\"]}}",
			"nginx", NULL, NULL, NULL},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[512];

		assert_unfound(cases[i].cgroup, -ENOENT);
		put(cases[i].path, cases[i].text);
		assert_found(cases[i].cgroup, cases[i].name, cases[i].pod, cases[i].pod_namespace,
			cases[i].image);
		full_path(cases[i].path, path);
		assert_int_equal(unlink(path), 0);
	}
}

/* What is a user's is named by his own files only, and what is in a container by none. */
static void test_whose(void **state)
{
	struct container c;
	auto_container_names struct container_names n = {0};
	char path[512];

	put("/var/lib/docker/containers/" ID "/config.v2.json", "{\"Name\":\"/root-s\"}");
	assert_unfound("0::/user.slice/user-4294967294.slice/user@4294967294.service/docker-" ID
		       ".scope",
		-ENOENT);
	assert_unfound("0::/lxc.payload.web/docker/" ID, -ENOENT);
	assert_found("0::/docker/" ID, "root-s", NULL, NULL, NULL);

	/* This test's user has a home, and a run directory of the usual name. */
	assert_int_equal(container_parse("0::/libpod-" ID, &c), 0);
	c.has_user = true;
	c.user = getuid();
	put("/var/lib/containers/storage/overlay-containers/containers.json",
		"[{\"id\":\"" ID "\",\"names\":[\"root-s\"]}]");
	assert_int_equal(container_names_read(&c, root, &n), -ENOENT);
	snprintf(path, sizeof(path),
		"/run/user/%u/containers/vfs-containers/volatile-containers.json", getuid());
	put(path, "[{\"id\":\"" ID "\",\"names\":[\"run\"]}]");
	assert_int_equal(container_names_read(&c, root, &n), 0);
	assert_text(n.name, "run");
	container_names_free(&n);
	snprintf(path, sizeof(path),
		"%s/.local/share/containers/storage/overlay-containers/"
		"containers.json",
		getpwuid(getuid())->pw_dir);
	put(path, "[{\"id\":\"" ID "\",\"names\":[\"home\"]}]");
	assert_int_equal(container_names_read(&c, root, &n), 0);
	assert_text(n.name, "home");
	container_names_free(&n);

	/* Whose file it is: this one is not his. */
	c.user = 4242;
	snprintf(path, sizeof(path),
		"/run/user/%u/containers/vfs-containers/volatile-containers.json", c.user);
	put(path, "[{\"id\":\"" ID "\",\"names\":[\"run\"]}]");
	assert_int_equal(container_names_read(&c, root, &n), getuid() == 4242 ? 0 : -EPERM);
}

/* This test is the first process of containers that files tell of. */
static void test_init(void **state)
{
	char text[4096], stat[1024];
	struct ns_task t = {0};
	struct container c;
	FILE *f = fopen("/proc/self/stat", "r");
	uint64_t ticks;
	size_t len;

	assert_non_null(f);
	len = fread(stat, 1, sizeof(stat) - 1, f);
	fclose(f);
	stat[len] = '\0';
	assert_int_equal(procfs_stat_parse(stat, len, &t), 0);
	ticks = t.start_ns;
	t.pid = t.tid;
	t.start_ns *= 1000000000ULL / (uint64_t)sysconf(_SC_CLK_TCK);

	assert_int_equal(container_by_init(&t, root, &c), -ENOENT);
	snprintf(text, sizeof(text),
		"{\"pid\":%u,\"process-start-time\":%llu,\"cgroup-path\":\"/web\"}", t.pid,
		(unsigned long long)ticks);
	put("/run/crun/web/status", text);
	assert_int_equal(container_by_init(&t, root, &c), 0);
	assert_string_equal(c.runtime, "crun");
	assert_string_equal(c.id, "web");
	assert_false(container_is_foreign(&c));
	/* The cgroup of that id tells, and where there is none, whose it is. */
	put("/run/crun/web/status", "{}");
	put("/run/crun/" ID "/status", text);
	assert_int_equal(container_by_init(&t, root, &c), -ENOENT);
	snprintf(text, sizeof(text),
		"{\"pid\":%u,\"process-start-time\":%llu,\"cgroup-path\":\"\"}", t.pid,
		(unsigned long long)ticks);
	put("/run/crun/" ID "/status", text);
	put("/run/crun/" ID "/config.json",
		"{\"annotations\":{\"io.container.manager\":\"libpod\"}}");
	assert_int_equal(container_by_init(&t, root, &c), 0);
	assert_string_equal(c.runtime, "podman");
	/* Another process with that pid. */
	snprintf(text, sizeof(text),
		"{\"pid\":%u,\"process-start-time\":%llu,\"cgroup-path\":\"\"}", t.pid,
		(unsigned long long)ticks + 1);
	put("/run/crun/" ID "/status", text);
	assert_int_equal(container_by_init(&t, root, &c), -ENOENT);

	snprintf(text, sizeof(text), "{\"init_process_pid\":%u,\"init_process_start\":%llu}", t.pid,
		(unsigned long long)ticks);
	put("/run/runc/web/state.json", text);
	assert_int_equal(container_by_init(&t, root, &c), 0);
	assert_string_equal(c.runtime, "runc");
	t.pid++;
	assert_int_equal(container_by_init(&t, root, &c), -ENOENT);
}

/* Text that JSON escapes is told as it is, whatever its bytes are; what no terminal could show too.
 */
static void test_untrusted(void **state)
{
	char text[8192], name[5000];

	put(DOCKER, "{\"Name\":\"/a\\u001b[31m\\\"\\n\\u00fc\"}");
	assert_found("0::/docker/" ID, "a\033[31m\"\n\303\274", NULL, NULL, NULL);
	memset(name, 'n', sizeof(name));
	name[300] = '\0';
	snprintf(text, sizeof(text), "{\"Name\":\"/%s\"}", name);
	put(DOCKER, text);
	assert_found("0::/docker/" ID, name, NULL, NULL, NULL);
	name[300] = 'n';
	name[4999] = '\0';
	snprintf(text, sizeof(text), "{\"Name\":\"/%s\"}", name);
	put(DOCKER, text);
	assert_unfound("0::/docker/" ID, -ENOENT);
	put(DOCKER, "{\"Name\":\"/a\\u0000b\"}");
	assert_unfound("0::/docker/" ID, -ENOENT);
	put(DOCKER, "{\"Name\":[\"/a\"],\"Config\":\"x\"}");
	assert_unfound("0::/docker/" ID, -ENOENT);
	put(DOCKER, "[\"Name\",\"/a\"]");
	assert_unfound("0::/docker/" ID, -ENOENT);
	put(DOCKER, "{\"Name\":\"/a\"");
	assert_unfound("0::/docker/" ID, -EBADMSG);
	put(DOCKER, "{\"Name\":\"/a\"} {}");
	assert_unfound("0::/docker/" ID, -EBADMSG);
	put(DOCKER, "");
	assert_unfound("0::/docker/" ID, -EBADMSG);
}

static void fill(const char *before, const char *what, size_t n, const char *after)
{
	char path[256];
	FILE *f;

	put(DOCKER, before);
	snprintf(path, sizeof(path), "%s%s", root, DOCKER);
	f = fopen(path, "a");
	assert_non_null(f);
	for (size_t i = 0; i < n; i++)
		fputs(what, f);
	fputs(after, f);
	fclose(f);
}

static void test_bounded(void **state)
{
	fill("{\"Name\":\"/a\",\"x\":\"", " ", STATE_FILE_MAX - 64, "\"}");
	assert_found("0::/docker/" ID, "a", NULL, NULL, NULL);
	fill("{\"Name\":\"/a\",\"x\":\"", " ", STATE_FILE_MAX, "\"}");
	assert_unfound("0::/docker/" ID, -E2BIG);
	/* Deep. */
	fill("{\"Name\":\"/a\",\"x\":", "[", 100, "");
	assert_unfound("0::/docker/" ID, -E2BIG);
	/* Each of them takes hundreds of bytes. */
	fill("{\"Name\":\"/a\",\"x\":[", "{},", STATE_VALUES, "0]}");
	assert_unfound("0::/docker/" ID, -E2BIG);
	fill("{\"Name\":\"/a\",\"x\":[", "0,", STATE_MEMBERS, "0]}");
	assert_unfound("0::/docker/" ID, -E2BIG);
}

/* What is no regular file is not opened: a FIFO would wait, and a link leads anywhere. */
static void test_no_file(void **state)
{
	char there[512], path[512], dir[512];

	put("/secret", "{\"Name\":\"/secret\"}");
	full_path("/secret", there);
	put("/var/lib/docker/containers/" ID "/", NULL);
	full_path(DOCKER, path);
	assert_int_equal(symlink(there, path), 0);
	assert_unfound("0::/docker/" ID, -ELOOP);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_unfound("0::/docker/" ID, -EINVAL);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_unfound("0::/docker/" ID, -EINVAL);
	assert_int_equal(rmdir(path), 0);
	/* Where a directory should be. */
	full_path("/var/lib/docker/containers/" ID, dir);
	assert_int_equal(rmdir(dir), 0);
	put("/elsewhere/config.v2.json", "{\"Name\":\"/secret\"}");
	full_path("/elsewhere", there);
	assert_int_equal(symlink(there, dir), 0);
	assert_unfound("0::/docker/" ID, -ENOTDIR);
	/* The system's own directory may be a link to a larger disk. */
	assert_int_equal(unlink(dir), 0);
	full_path("/var/lib/docker/containers", dir);
	assert_int_equal(rmdir(dir), 0);
	put("/disk/" ID "/config.v2.json", "{\"Name\":\"/web\"}");
	full_path("/disk", there);
	assert_int_equal(symlink(there, dir), 0);
	assert_found("0::/docker/" ID, "web", NULL, NULL, NULL);
}

/* No device is opened; opening a tape winds it. This one can't be opened at all. */
static void test_device(void **state)
{
	char path[512];

	put("/var/lib/docker/containers/" ID "/", NULL);
	full_path(DOCKER, path);
	if (mknod(path, S_IFCHR | 0600, 0)) {
		print_message("a device can't be made: %s\n", strerror(errno));
		skip();
	}
	assert_unfound("0::/docker/" ID, -EINVAL);
}

#define WITH_ROOT(f) cmocka_unit_test_setup_teardown(f, root_make, root_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		WITH_ROOT(test_names),
		WITH_ROOT(test_image),
		WITH_ROOT(test_data_root),
		WITH_ROOT(test_layouts),
		WITH_ROOT(test_whose),
		WITH_ROOT(test_init),
		WITH_ROOT(test_untrusted),
		WITH_ROOT(test_bounded),
		WITH_ROOT(test_no_file),
		WITH_ROOT(test_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

# SPDX-License-Identifier: GPL-2.0-or-later
# nswatch. `make` builds build/nswatch; `make help` lists the targets.

PREFIX  ?= /usr/local
prefix  ?= $(PREFIX)
bindir  ?= $(prefix)/bin
mandir  ?= $(prefix)/share/man
datadir ?= $(prefix)/share
# Debian's zsh looks into vendor-completions there.
zshdir  ?= $(datadir)/zsh/site-functions
unitdir ?= $(prefix)/lib/systemd/system
sysusersdir ?= $(prefix)/lib/sysusers.d
DESTDIR ?=

CLANG        ?= clang
BPFTOOL      ?= $(firstword $(shell command -v bpftool 2>/dev/null) /usr/sbin/bpftool)
LLVM_STRIP   ?= llvm-strip
CLANG_FORMAT ?= clang-format
PKG_CONFIG   ?= pkg-config

B := build
VERSION := 0.1.0
# For which machine CC compiles; BUILD_CC is the compiler of the machine that builds.
BUILD_CC  ?= cc
arch_of    = $(shell $(1) -dumpmachine 2>/dev/null | sed -e 's/-.*//' -e 's/x86_64/x86/' -e 's/aarch64/arm64/')
ARCH      := $(call arch_of,$(CC))

ifeq ($(V),1)
  Q :=
  say = @:
else
  Q := @
  say = @printf '  %-7s %s\n'
endif

# Jumps and returns go where they should, where the processor knows.
CFI_x86   := -fcf-protection
CFI_arm64 := -mbranch-protection=standard

PKGS := libbpf libelf zlib libmnl json-c
CFLAGS ?= -O2 -g
# char is unsigned on some processors: then it is on all, and tests see what comes of it.
# What newer compilers refuse by default is refused with each.
CFLAGS += -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 \
	  -Wno-unused-parameter -Werror=implicit-function-declaration -Werror=int-conversion \
	  -Werror=incompatible-pointer-types -fstack-protector-strong -fstack-clash-protection $(CFI_$(ARCH)) \
	  -D_FORTIFY_SOURCE=2 -fPIE -fno-common -funsigned-char
CPPFLAGS += -D_GNU_SOURCE -DNSWATCH_VERSION='"$(VERSION)"' -Iuser -I. -I$(B)/skel
CPPFLAGS += $(shell $(PKG_CONFIG) --cflags $(PKGS) 2>/dev/null)
LDFLAGS  += -pie -Wl,-z,relro,-z,now
ifeq ($(STATIC),1)
  B := build/static
  LDFLAGS := -static-pie -Wl,-z,relro,-z,now
  # Debian has no libmnl.a; what is called of it stands in user/static.
  ifeq ($(shell $(CC) -print-file-name=libmnl.a),libmnl.a)
    STATIC_SRCS := user/static/mnl.c
  endif
  # What is loaded at first use elsewhere is linked, or is not there.
  CPPFLAGS += -DNSWATCH_STATIC
  LDLIBS   = $(shell $(PKG_CONFIG) --static --libs $(if $(STATIC_SRCS),$(filter-out libmnl,$(PKGS)),$(PKGS)) sqlite3)
else
  LDLIBS   = $(shell $(PKG_CONFIG) --libs $(PKGS))
endif
ifneq ($(SAN),)
  B := build/san
  CFLAGS := $(filter-out -D_FORTIFY_SOURCE=2,$(CFLAGS)) -fsanitize=$(SAN) -fno-omit-frame-pointer \
	    -fno-sanitize-recover=all
  LDFLAGS += -fsanitize=$(SAN)
endif
ifeq ($(WERROR),1)
  CFLAGS += -Werror
  BPF_WERROR := -Werror
endif

# Of Debian 12 and 13: 14 and 16, 19.
CLANG_NAMES := clang-14 clang-16 clang-19
BPF_CFLAGS := -g -O2 --target=bpf -mcpu=v3 -std=gnu11 -Wall -Wextra -Wno-unused-parameter \
	      -Wno-missing-declarations $(BPF_WERROR) -D__TARGET_ARCH_$(ARCH) -Ivmlinux -Ivmlinux/$(ARCH) -Ibpf -I$(B)/skel

# The trace programs are linked into one object; what snapshots use stands alone.
BPF_ALONE := tasks fds brief briefold related hidden
BPF_SRCS  := $(wildcard bpf/trace/*.bpf.c)
BPF_OBJS  := $(BPF_SRCS:bpf/trace/%.bpf.c=$(B)/bpf/%.bpf.o)

LIB_SRCS := $(filter-out user/main.c user/static/% user/gen/%,$(wildcard user/*.c user/*/*.c user/event/kinds/*.c)) $(STATIC_SRCS)
LIB_OBJS := $(LIB_SRCS:user/%.c=$(B)/obj/%.o)
GEN_OBJS := $(patsubst user/%.c,$(B)/obj/%.o,$(filter-out user/gen/gen.c,$(wildcard user/gen/*.c)))
UNIT_SRCS := $(wildcard tests/unit/test_*.c)
UNIT_BINS := $(UNIT_SRCS:tests/unit/%.c=$(B)/tests/unit/%)
FUZZ_SRCS := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BINS := $(FUZZ_SRCS:tests/fuzz/%.c=$(B)/tests/fuzz/%)
HELPER_SRCS := $(wildcard tests/helpers/*.c)
HELPER_BINS := $(HELPER_SRCS:tests/helpers/%.c=$(B)/tests/helpers/%) $(B)/tests/helpers/nswatch-small
# Calls of the 32-bit ABI of x86, by a 64-bit program and by a 32-bit one, which needs no C library.
ifeq ($(ARCH),x86)
  HELPER_BINS += $(B)/tests/helpers/int80_m32
else
  HELPER_BINS := $(filter-out %/int80,$(HELPER_BINS))
endif
MAN_SRCS := $(wildcard user/man/*.[578].in)
MAN_PAGES := $(MAN_SRCS:user/man/%.in=$(B)/man/%)
COMPLETION_NAMES := bash zsh fish ip-netns-bash ip-netns-zsh ip-netns-fish
COMPLETIONS := $(COMPLETION_NAMES:%=$(B)/completions/%)
# Where they are installed.
COMPLETION_bash := $(datadir)/bash-completion/completions/nswatch
COMPLETION_zsh  := $(zshdir)/_nswatch
COMPLETION_fish := $(datadir)/fish/vendor_completions.d/nswatch.fish
COMPLETION_ip-netns-bash := $(datadir)/bash-completion/completions/ip-netns
COMPLETION_ip-netns-zsh  := $(zshdir)/_ip-netns
COMPLETION_ip-netns-fish := $(datadir)/fish/vendor_completions.d/ip-netns.fish
# Where the light skeleton does not load (before 5.17) libbpf loads the same program by the other one.
BPF_BOTH := tasks fds
SKELS := $(B)/skel/nswatch.skel.h $(BPF_BOTH:%=$(B)/skel/%.skel.h) $(BPF_ALONE:%=$(B)/skel/%.lskel.h)

.PHONY: all give-back docs helpers unit-bins corpus-bins corpus bench-bins clangs FORCE help deps dist check lint test unit golden doctest live busytest demo demo-svg pictures bench soak bench-plot vmtest many kindtest arm64 arm64test valgrind fuzz deb debtest statictest servicetest installtest install uninstall clean format
.SECONDARY:

all: $(B)/nswatch docs give-back ## build build/nswatch and its documentation (no root needed)

# What root builds in the checkout of somebody else stays usable for them.
give-back: $(B)/nswatch docs
	@tests/give_back.sh

help: ## list the targets
	@sed -n 's/^\([a-z][a-z0-9-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

# What builds is looked for once, before the first file: a line that helps instead of "not found". A
# change of the flags builds anew.
$(B)/.tools:
	@tests/tools.sh "$(CC)" "$(CLANG)" "$(LLVM_STRIP)" "$(BPFTOOL)" "$(PKG_CONFIG)" -- $(PKGS) sqlite3 libmicrohttpd libnats
	@mkdir -p $(@D) && touch $@

FLAGS_NOW = $(filter-out -Werror,$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(CLANG) $(BPF_CFLAGS))
$(B)/.flags: FORCE | $(B)/.tools
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' >$@

deps: ## install missing Debian packages (as root)
	@tests/deps.sh build check live

# --- BPF -----------------------------------------------------------------------------------

define bpf_object
$(say) BPF $<
@mkdir -p $(@D)
$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@
$(Q)$(LLVM_STRIP) -g $@
endef

$(B)/bpf/%.bpf.o: bpf/trace/%.bpf.c $(B)/.flags
	$(bpf_object)

$(B)/bpf/%.bpf.o: bpf/iter/%.bpf.c $(B)/.flags
	$(bpf_object)

$(B)/bpf/nswatch.linked.o: $(BPF_OBJS)
	$(say) LINK $@
	$(Q)$(BPFTOOL) gen object $@ $^

$(B)/skel/nswatch.skel.h: $(B)/bpf/nswatch.linked.o
	$(say) SKEL $@
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name nswatch_bpf > $@.tmp && mv $@.tmp $@

$(BPF_BOTH:%=$(B)/skel/%.skel.h): $(B)/skel/%.skel.h: $(B)/bpf/%.bpf.o
	$(say) SKEL $@
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton $< name $*_bpf > $@.tmp && mv $@.tmp $@

$(BPF_ALONE:%=$(B)/skel/%.lskel.h): $(B)/skel/%.lskel.h: $(B)/bpf/%.bpf.o
	$(say) LSKEL $@
	@mkdir -p $(@D)
	$(Q)$(BPFTOOL) gen skeleton -L $< name $*_lskel > $@.tmp && mv $@.tmp $@

# --- user space ------------------------------------------------------------------------------

# The page of the sink `report`, as a string.
$(B)/skel/report_page.h: user/sink/report.html
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q){ echo 'static const char report_page[] ='; sed -e 's/[\\"]/\\&/g' -e 's/.*/"&\\n"/' $<; echo ';'; } >$@.tmp && mv $@.tmp $@
$(B)/obj/sink/report.o: $(B)/skel/report_page.h

$(B)/obj/%.o: user/%.c $(B)/.flags | $(SKELS)
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/libnswatch.a: $(LIB_OBJS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# What is generated from the tables of the program is no part of it.
$(B)/libgen.a: $(GEN_OBJS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(B)/nswatch: $(B)/obj/main.o $(B)/libnswatch.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# --- man pages and completion: of the tables of the program -----------------------------------

# The generator runs on the machine that builds. Where CC compiles for another one, all that it
# is made of is compiled once more, apart.
ifeq ($(ARCH),$(call arch_of,$(BUILD_CC)))
GEN := $(B)/nswatch-gen

$(GEN): $(B)/obj/gen/gen.o $(B)/libgen.a $(B)/libnswatch.a
	$(say) LD $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
else
GEN := build/native/nswatch-gen

.PHONY: native-gen
native-gen:
	$(Q)env -u CFLAGS -u CPPFLAGS -u LDFLAGS $(MAKE) --no-print-directory B=build/native \
		CC=$(BUILD_CC) ARCH=$(call arch_of,$(BUILD_CC)) PKG_CONFIG=pkg-config STATIC= SAN= $(GEN)
$(GEN): native-gen
endif

docs: $(MAN_PAGES) $(COMPLETIONS) ## man pages and completions
.PHONY: $(B)/nswatch.service # of bindir, which may be another one each time

$(B)/man/%: user/man/%.in $(GEN)
	$(say) MAN $@
	@mkdir -p $(@D)
	$(Q)$(GEN) man $< > $@.tmp && mv $@.tmp $@

$(B)/nswatch.service: user/systemd/nswatch.service.in Makefile
	$(say) GEN $@
	$(Q)sed 's,@bindir@,$(bindir),' $< > $@.tmp && mv $@.tmp $@

$(B)/completions/%: $(GEN)
	$(say) GEN $@
	@mkdir -p $(@D)
	$(Q)$(GEN) $* > $@.tmp && mv $@.tmp $@

# --- tests -----------------------------------------------------------------------------------

# A test that compiles with a warning is no test that passes.
TEST_CFLAGS = $(CFLAGS) -Werror

$(B)/tests/unit/%: tests/unit/%.c $(B)/libgen.a $(B)/libnswatch.a
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(TEST_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libgen.a $(B)/libnswatch.a $(LDLIBS) -lcmocka

$(B)/tests/golden/make_records: tests/golden/make_records.c $(B)/libnswatch.a
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -Itests $(TEST_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(B)/libnswatch.a $(LDLIBS)

# The program itself, which asks a made-up system (struct snapshot_ops).
$(B)/tests/golden/ls_system: tests/golden/ls_system.c $(B)/obj/main.o $(B)/libnswatch.a
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $(filter %.c %.o %.a,$^) $(LDLIBS)

$(B)/tests/helpers/%: tests/helpers/%.c
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -O1 -g -std=gnu11 -Wall -Wextra -Werror -static -MMD -MP -o $@ $<

# The program itself, but for the room that it has.
$(B)/tests/helpers/nswatch-small: tests/small/nswatch_small.c $(B)/obj/main.o $(B)/libnswatch.a
	$(say) CC $<
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -Wno-missing-prototypes -MMD -MP $(LDFLAGS) -Wl,--wrap=bpf_object__load_skeleton -o $@ \
		$(filter %.c %.o %.a,$^) $(LDLIBS)

$(B)/tests/helpers/int80_m32: tests/helpers/int80.c
	$(say) CC $@
	@mkdir -p $(@D)
	$(Q)$(CC) -m32 -O1 -g -std=gnu11 -Wall -Wextra -Werror -static -ffreestanding -nostdlib -fno-pic -no-pie -fno-stack-protector \
		-fcf-protection=none -o $@ $<

$(B)/tests/fuzz/replay.o: tests/fuzz/replay.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(TEST_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(B)/tests/fuzz/replay.o $(B)/libnswatch.a
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -Itests $(TEST_CFLAGS) -Wno-missing-prototypes -MMD -MP $(LDFLAGS) -o $@ $< \
		$(B)/tests/fuzz/replay.o $(B)/libnswatch.a $(LDLIBS)

# What the benchmarks compare with.
$(B)/tests/bench/%.bpf.o: tests/bench/%.bpf.c
	$(bpf_object)

$(B)/tests/bench/%.lskel.h: $(B)/tests/bench/%.bpf.o
	$(Q)$(BPFTOOL) gen skeleton -L $< name $*_lskel > $@.tmp && mv $@.tmp $@

$(B)/tests/bench/%: tests/bench/%.c $(B)/tests/bench/%.lskel.h
	$(say) CC $<
	$(Q)$(CC) $(CPPFLAGS) -I$(@D) $(CFLAGS) -o $@ $<

bench-bins: $(B)/tests/bench/dump ## what benchmarks compare with

helpers: $(HELPER_BINS) ## the programs that live tests act with

# The program as each clang that is here makes its BPF objects, beside the helpers: a test loads them all.
CLANGS := $(filter $(notdir $(wildcard /usr/bin/clang-1[0-9])),$(CLANG_NAMES))
clangs: $(CLANGS:%=$(B)/tests/helpers/nswatch-%) ## the program built with every clang of Debian 12 and 13
$(B)/tests/helpers/nswatch-clang-%: $(B)/nswatch FORCE
	$(Q)mkdir -p $(@D)
	$(Q)if [ "$$(clang-$* --version | head -n 1)" = "$$($(CLANG) --version | head -n 1)" ]; then cp -u $< $@; else \
		$(MAKE) --no-print-directory B=$(B)/clang-$* CLANG=clang-$* LLVM_STRIP=llvm-strip-$* $(B)/clang-$*/nswatch && \
		cp -u $(B)/clang-$*/nswatch $@; fi
FORCE:
unit-bins: $(UNIT_BINS) ## the unit tests, without running them

corpus-bins: $(FUZZ_BINS) ## the fuzz targets, without running them

corpus: $(FUZZ_BINS) ## fuzz targets over their corpora (no root)
	@tests/fuzz/corpus.sh $(B)

unit: $(UNIT_BINS) ## unit tests (no root)
	@tests/unit/run.sh $(B)

golden: $(B)/nswatch $(B)/tests/golden/make_records $(B)/tests/golden/ls_system ## renderers against recorded files (no root)
	@tests/golden/run.sh $(B)

doctest: docs $(B)/tests/golden/ls_system ## man pages, completion and README against the binary (no root)
	@tests/docs/run.sh $(B)

installtest: all ## what install installs, and how it is hardened (no root)
	@tests/package/install.sh $(B)

live: all $(HELPER_BINS) ## tests on this kernel (root)
	@tests/live/run.sh

.PHONY: comparetest
comparetest: all $(HELPER_BINS) ## nswatch against strace, with every alternative, in QEMU (some ten minutes)
	@tests/compare/vm.sh

.PHONY: iproutetest
iproutetest: all ## iproute2's own tests of ip netns, with ip-netns in its place (root, a mirror)
	@tests/iproute2.sh $(B)

busytest: all $(HELPER_BINS) ## the live tests while others use the host, too (root)
	@tests/live/busy.sh tests/live/run.sh

check: lint unit golden corpus doctest installtest ## what every commit must pass (no root)

lint: ## format, includes, shell, commands' tables
	@tests/lint.sh

test: ## install what is missing, then every test this kernel can run (root)
	@tests/test.sh

demo: ## install what is missing, build, trace the article's scenario and write a report of it (root)
	@tests/demo.sh

bench-plot: ## cost of a snapshot as SVG into build/ (root)
	@tests/bench/plot.sh

demo-svg: all ## the demo as an animated picture: build/demo.svg (root)
	@tests/docs/cast.sh $(B)

pictures: $(B)/tests/golden/ls_system ## the pictures of README, into tests/docs
	@tests/docs/pictures.sh $(B)

soak: all $(HELPER_BINS) ## half an hour (SOAK_SECONDS) under two tracers: nothing grows, nothing is missing (root)
	@tests/soak.sh

bench: ## the claims of README as ratios (root)
	@tests/bench/run.sh

kindtest: all $(HELPER_BINS) ## what becomes of network devices of each kind, on Debian's full kernels in QEMU
	@tests/vm/run.sh --kernels "$$(tests/vm/kernels.sh series full | xargs)" --alternatives auto \
		$$(command -v iw >/dev/null && echo --with-bin iw) netdev_kinds netdev_fate_hardware netdev_events_wireless

many: all helpers ## a million living namespaces in a trace (root; a minute, 2 GB)
	@NSWATCH_MANY=1000000 tests/live/run.sh loss_many

.PHONY: crowd
crowd: all $(HELPER_BINS) ## 30,000 processes in one traced tree, in QEMU (some minutes, 6 GB)
	@tests/vm/run.sh --kernels "5.10 6.12" --alternatives auto --cpus 1 --memory 6G --timeout 2400 --env NSWATCH_CROWD=30000 \
		--env NSWATCH_TEST_TIMEOUT=2000 --env NSWATCH_PATIENCE=400 crowd

.PHONY: bench-history
bench-history: all helpers ## a history of ten million events (root; some minutes, 1 GB)
	@tests/bench/history.sh --events 10000000

vmtest: all $(HELPER_BINS) ## Debian's kernels in QEMU
	@tests/vm/run.sh --kernels all

arm64: ## cross-compile for arm64 into build/arm64
	@tests/vm/arm64.sh build

arm64test: ## live tests on a Debian kernel for arm64 in QEMU
	@tests/vm/arm64.sh run

valgrind: all $(UNIT_BINS) $(FUZZ_BINS) ## unit tests, corpora and renderers under valgrind
	@tests/valgrind.sh $(B)

fuzz: ## fuzz targets, 60 s each
	@tests/fuzz/run.sh

format: ## clang-format in place
	$(Q)git ls-files -co --exclude-standard '*.c' '*.h' | grep -v '^vmlinux/' | xargs $(CLANG_FORMAT) -i

install: all $(B)/nswatch.service ## install under prefix (DESTDIR honoured)
	install -D -m 755 $(B)/nswatch $(DESTDIR)$(bindir)/nswatch
	ln -sf nswatch $(DESTDIR)$(bindir)/ip-netns
	for m in $(MAN_PAGES); do install -D -m 644 $$m $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/} || exit 1; done
	$(foreach c,$(COMPLETION_NAMES),install -D -m 644 $(B)/completions/$(c) $(DESTDIR)$(COMPLETION_$(c)) &&) :
	install -D -m 644 user/prometheus/nswatch.rules.yml $(DESTDIR)$(datadir)/nswatch/nswatch.rules.yml
	install -D -m 644 $(B)/nswatch.service $(DESTDIR)$(unitdir)/nswatch.service
	install -D -m 644 user/systemd/sysusers.conf $(DESTDIR)$(sysusersdir)/nswatch.conf

DIST := nswatch-$(VERSION)-$(shell uname -m)
dist: ## a tarball to install where it was not built: build/dist, the static program and its files
	$(Q)rm -rf build/dist && mkdir -p build/dist
	$(Q)$(MAKE) STATIC=1 all
	$(Q)$(MAKE) -s STATIC=1 install DESTDIR=build/dist/$(DIST) prefix=
	$(Q)strip build/dist/$(DIST)/bin/nswatch
	$(Q)install -m 755 user/dist/install.sh build/dist/$(DIST)/
	$(Q)install -m 644 LICENSE README.md build/dist/$(DIST)/
	$(Q)tar -C build/dist --owner=0 --group=0 --numeric-owner --sort=name -cJf build/dist/$(DIST).tar.xz $(DIST)
	$(Q)tests/give_back.sh
	$(say) DIST build/dist/$(DIST).tar.xz

deb: ## a Debian package into build/deb
	@user/debian/build.sh

debtest: all deb dist ## lintian; the package and the tarball in fresh Debians 12 and 13 (root, a mirror)
	@tests/package/deb.sh

servicetest: deb $(HELPER_BINS) ## the package's service under systemd in QEMU (root, a mirror)
	@tests/service/run.sh

statictest: ## the static program in a bare initramfs and in LXC (root, qemu)
	@tests/package/static.sh

uninstall: ## undo install
	rm -f $(DESTDIR)$(bindir)/nswatch $(DESTDIR)$(bindir)/ip-netns $(DESTDIR)$(unitdir)/nswatch.service
	rm -f $(DESTDIR)$(sysusersdir)/nswatch.conf
	for m in $(MAN_PAGES); do rm -f $(DESTDIR)$(mandir)/man$${m##*.}/$${m##*/}; done
	rm -f $(foreach c,$(COMPLETION_NAMES),$(DESTDIR)$(COMPLETION_$(c)))
	rm -f $(DESTDIR)$(datadir)/nswatch/nswatch.rules.yml

clean: ## remove build/
	rm -rf build

-include $(shell find $(B) -path $(B)/deb -prune -o -type f -name '*.d' -print 2>/dev/null)

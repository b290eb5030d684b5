# A line per event: what compare.awk looks at.
def set: if . then "\(.mnt) \(.uts) \(.ipc) \(.user) \(.pid) \(.net) \(.cgroup) \(.time) \(.pid_for_children) \(.time_for_children)" else "" end;
select(.event != "lost") | [.event, .tid, .ns_flags.value, .errno // .result, .fd, .fd_kind, .target_inum, .target_pid,
	.child_pid, .child_ns_pid, .init_pid, (.changed // [] | join(",")), (.before | set), (.after // .ns | set),
	.filename, "LINE", .filtered] | @tsv

using System;
using System.Collections.Generic;

namespace ManagedUprobe.Events;

/// <summary>Tracepoints that every kernel has: a uprobe event cannot take their names. Used where no tracefs tells more.</summary>
internal sealed class CoreTracepoints : IOtherEvents
{
    private static readonly Dictionary<string, HashSet<string>> s_groups = new(StringComparer.Ordinal)
    {
        ["exceptions"] = new(StringComparer.Ordinal)
        {
            "page_fault_kernel", "page_fault_user",
        },
        ["irq"] = new(StringComparer.Ordinal)
        {
            "irq_handler_entry", "irq_handler_exit", "softirq_entry", "softirq_exit", "softirq_raise",
            "tasklet_entry", "tasklet_exit",
        },
        ["raw_syscalls"] = new(StringComparer.Ordinal)
        {
            "sys_enter", "sys_exit",
        },
        ["sched"] = new(StringComparer.Ordinal)
        {
            "sched_kthread_stop", "sched_kthread_stop_ret", "sched_kthread_work_execute_end",
            "sched_kthread_work_execute_start", "sched_kthread_work_queue_work", "sched_migrate_task",
            "sched_move_numa", "sched_pi_setprio", "sched_prepare_exec", "sched_process_exec", "sched_process_exit",
            "sched_process_fork", "sched_process_free", "sched_process_hang", "sched_process_wait",
            "sched_skip_cpuset_numa", "sched_skip_vma_numa", "sched_stat_runtime", "sched_stick_numa",
            "sched_swap_numa", "sched_switch", "sched_wait_task", "sched_wake_idle_without_ipi", "sched_wakeup",
            "sched_wakeup_new", "sched_waking",
        },
        ["signal"] = new(StringComparer.Ordinal)
        {
            "signal_deliver", "signal_generate",
        },
        ["task"] = new(StringComparer.Ordinal)
        {
            "task_newtask", "task_prctl_unknown", "task_rename",
        },
        ["timer"] = new(StringComparer.Ordinal)
        {
            "hrtimer_cancel", "hrtimer_expire_entry", "hrtimer_expire_exit", "hrtimer_setup", "hrtimer_start",
            "itimer_expire", "itimer_state", "tick_stop", "timer_base_idle", "timer_cancel", "timer_expire_entry",
            "timer_expire_exit", "timer_init", "timer_start",
        },
        ["workqueue"] = new(StringComparer.Ordinal)
        {
            "workqueue_activate_work", "workqueue_execute_end", "workqueue_execute_start", "workqueue_queue_work",
        },
    };

    /// <inheritdoc/>
    public bool Exists(string group, string name) => s_groups.TryGetValue(group, out HashSet<string>? names) && names.Contains(name);
}

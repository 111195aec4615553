/*
 * What the process was started with, recorded before any library's initializer runs: the .NET runtime ignores SIGPIPE and
 * raises the soft limit of open files before Main, opens files of its own, and what was there before cannot be read afterwards.
 * Plain system calls: at this point libc is relocated but not initialized.
 */
    .intel_syntax noprefix
    .set    SYS_rt_sigaction, 13
    .set    SYS_rt_sigprocmask, 14
    .set    SYS_fcntl, 72
    .set    EBADF, 9
    .set    SYS_prlimit64, 302
    .set    F_GETFD, 1
    .set    SIG_IGN, 1
    .set    RLIMIT_NOFILE, 7
    .set    LAST_SIGNAL, 64
    .set    LAST_DESCRIPTOR, 63
    .set    IGNORED, 0              /* bit N-1: signal N */
    .set    BLOCKED, 8
    .set    FILE_LIMIT_SOFT, 16     /* struct rlimit64 */
    .set    FILE_LIMIT_HARD, 24
    .set    DESCRIPTORS, 32         /* bit N: descriptor N is open */

    .section .preinit_array, "aw", @preinit_array
    .balign 8
    .quad   record_start_state

    .local  start_state
    .comm   start_state, 40, 16

    .text
    .type   record_start_state, @function
record_start_state:
    sub     rsp, 40                 /* struct kernel_sigaction: handler, flags, restorer, mask */
    lea     r8, [rip + start_state]
    mov     r9d, 1
.Lsignal:
    mov     eax, SYS_rt_sigaction
    mov     edi, r9d
    xor     esi, esi
    mov     rdx, rsp
    mov     r10d, 8
    syscall
    test    eax, eax
    jnz     .Lnext
    cmp     qword ptr [rsp], SIG_IGN
    jne     .Lnext
    lea     ecx, [r9 - 1]
    bts     qword ptr [r8 + IGNORED], rcx
.Lnext:
    inc     r9d
    cmp     r9d, LAST_SIGNAL
    jbe     .Lsignal

    mov     eax, SYS_rt_sigprocmask
    xor     edi, edi
    xor     esi, esi
    lea     rdx, [r8 + BLOCKED]
    mov     r10d, 8
    syscall

    mov     eax, SYS_prlimit64
    xor     edi, edi
    mov     esi, RLIMIT_NOFILE
    xor     edx, edx
    lea     r10, [r8 + FILE_LIMIT_SOFT]
    syscall

    xor     r9d, r9d
.Ldescriptor:
    mov     eax, SYS_fcntl
    mov     edi, r9d
    mov     esi, F_GETFD
    syscall
    cmp     eax, -EBADF
    je      .Lclosed
    bts     qword ptr [r8 + DESCRIPTORS], r9
.Lclosed:
    inc     r9d
    cmp     r9d, LAST_DESCRIPTOR
    jbe     .Ldescriptor
    add     rsp, 40
    ret
    .size   record_start_state, . - record_start_state

/* uint64_t muprobe_start_state(uint64_t index): 0 ignored, 1 blocked, 2 and 3 RLIMIT_NOFILE soft and hard, 4 descriptors. */
    .globl  muprobe_start_state
    .type   muprobe_start_state, @function
muprobe_start_state:
    lea     rax, [rip + start_state]
    mov     rax, [rax + rdi * 8]
    ret
    .size   muprobe_start_state, . - muprobe_start_state

    .section .note.GNU-stack, "", @progbits

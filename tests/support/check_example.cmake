# rax is -ENOSYS at PTRACE_EVENT_EXEC: the kernel stores execve's result only behind it (arch/x86/entry/common.c).
# The example prints five registers of /bin/ls at its exec stop, then ls runs on undisturbed.
execute_process(COMMAND ${PROGRAM} /bin/ls / OUTPUT_VARIABLE printed RESULT_VARIABLE status)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "exit status ${status}: ${printed}")
endif()
foreach(line "rdi = 0" "rsi = 0" "rdx = 0" "rax = -38" "orig_rax = 59")
  if(NOT printed MATCHES "${line}\n")
    message(FATAL_ERROR "no line '${line}' in:\n${printed}")
  endif()
endforeach()

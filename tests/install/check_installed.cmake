function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGN}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
file(MAKE_DIRECTORY ${WORK}/project)
set(prefix ${WORK}/prefix)
must(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix})
must(${prefix}/bin/tether --version)

file(COPY ${SOURCE}/examples/exec_registers.cc ${SOURCE}/examples/back_trace.cc DESTINATION ${WORK}/project)
file(WRITE ${WORK}/project/CMakeLists.txt "cmake_minimum_required(VERSION 3.22)
project(user LANGUAGES CXX)
find_package(tether REQUIRED)
add_executable(mine exec_registers.cc)
target_link_libraries(mine PRIVATE tether::tether)
add_executable(traces back_trace.cc)
target_link_libraries(traces PRIVATE tether::tether)
")
# A back trace of a process that sleeps; again until it does, since it may be on its way there.
file(WRITE ${WORK}/trace-sleeper [=[
sleep 60 &
for i in 1 2 3 4 5 6 7 8 9; do
  "$1" $! > out || break
  grep -q nanosleep out && break
done
kill $!
grep nanosleep out
]=])
function(must_trace program)
  must(sh -e ${WORK}/trace-sleeper ${program})
endfunction()

must(${CMAKE_COMMAND} -S ${WORK}/project -B ${WORK}/by-cmake -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CXX})
must(${CMAKE_COMMAND} --build ${WORK}/by-cmake)
must(${WORK}/by-cmake/mine /bin/true)
if(NOT output MATCHES "orig_rax = 59\n")
  message(FATAL_ERROR "the example against the installed library printed:\n${output}")
endif()

must_trace(${WORK}/by-cmake/traces)

find_program(PKG_CONFIG pkg-config)
if(NOT PKG_CONFIG)
  message(STATUS "pkg-config is not installed: tether.pc is not tried")
  return()
endif()
file(GLOB_RECURSE pc ${prefix}/tether.pc)
get_filename_component(pc_folder ${pc} DIRECTORY)
set(ENV{PKG_CONFIG_PATH} ${pc_folder})
must(${PKG_CONFIG} --cflags --libs tether)
string(STRIP "${output}" flags)
separate_arguments(flags)
must(${CXX} -std=c++23 ${WORK}/project/exec_registers.cc -o ${WORK}/by-pkg-config ${flags})
must(${WORK}/by-pkg-config /bin/true)
must(${CXX} -std=c++23 ${WORK}/project/back_trace.cc -o ${WORK}/traces-by-pkg-config ${flags})
must_trace(${WORK}/traces-by-pkg-config)

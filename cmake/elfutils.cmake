# elfutils, for tether/symbol: TETHER_ELFUTILS are the libraries to link.
#
# The archives, where the distribution has them: the shared libdw brings four more libraries with it, and loading and binding them
# costs every start of tether, whatever it is to do (docs/speed.md). Users of the installed libtether link the shared ones.
find_path(ELFUTILS_INCLUDE_DIR elfutils/libdwfl.h REQUIRED)
set(TETHER_ELFUTILS)
foreach(name dw elf z lzma bz2)
  find_library(TETHER_${name}_ARCHIVE lib${name}.a)
  list(APPEND TETHER_ELFUTILS ${TETHER_${name}_ARCHIVE})
endforeach()
if("${TETHER_ELFUTILS}" MATCHES "NOTFOUND")
  find_library(TETHER_dw_LIBRARY dw REQUIRED)
  find_library(TETHER_elf_LIBRARY elf REQUIRED)
  set(TETHER_ELFUTILS ${TETHER_dw_LIBRARY} ${TETHER_elf_LIBRARY})
endif()

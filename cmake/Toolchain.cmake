# Compiler, linker and sanitizer settings that hold for every target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()
# -g1 keeps line numbers in backtraces at a third of the object size of -g.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1 -fno-omit-frame-pointer")

find_program(PARLOR_CCACHE ccache)
if(PARLOR_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${PARLOR_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${PARLOR_CCACHE})
endif()

find_program(PARLOR_MOLD mold)
if(PARLOR_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

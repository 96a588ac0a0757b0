# PARLOR_SANITIZE: sanitizers for every target, as -fsanitize= takes them.
set(PARLOR_SANITIZE "" CACHE STRING "Sanitizers for every target, as -fsanitize= takes them")
if(PARLOR_SANITIZE)
  add_compile_options(-fsanitize=${PARLOR_SANITIZE} -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${PARLOR_SANITIZE})
endif()

# ThreadSanitizer is told what Debian's Abseil synchronises: tests/tsan/abseil.cc wraps these. parlor_program and parlor_test
# link it into every program.
if(PARLOR_SANITIZE STREQUAL "thread")
  file(STRINGS ${CMAKE_SOURCE_DIR}/tests/tsan/abseil.cc wraps REGEX "^PARLOR_WRAP")
  foreach(wrap ${wraps})
    string(REGEX REPLACE "^PARLOR_WRAP[(][a-z]+, ([A-Za-z0-9_]+),.*" "\\1" symbol "${wrap}")
    add_link_options(-Wl,--wrap=${symbol})
  endforeach()
  set(PARLOR_TSAN_ABSEIL ON)
endif()

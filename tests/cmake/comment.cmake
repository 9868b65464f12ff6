# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# hadal_comment(OUT FILE KEY): the words after the first `// KEY: ` in a source, as a list. Sources say there what the
# build must know of them, so that no list of sources is kept by hand.
function(hadal_comment out file key)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(STRINGS ${file} line REGEX "^// ${key}: " LIMIT_COUNT 1)
  string(REGEX REPLACE "^// ${key}: " "" line "${line}")
  separate_arguments(words UNIX_COMMAND "${line}")
  set(${out} ${words} PARENT_SCOPE)
endfunction()

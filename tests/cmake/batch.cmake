# hadal - Copyright (c) 2026 the hadal authors
# SPDX-License-Identifier: MIT

# hadal_batch(OUT NAME SIZE FILES...): sources that compile SIZE files together, to share the cost of headers and
# instantiations. Each file is wrapped in a namespace of its own, so helpers of the same name do not meet; for that its
# includes are hoisted above the namespace. A file that opens namespace hadal or std itself, defines a macro or compiles
# conditionally cannot be wrapped and stays alone.
function(hadal_batch out name size)
  set(sources)
  set(wrapped)
  foreach(file IN LISTS ARGN)
    file(STRINGS ${file} alone REGEX "^(namespace (hadal|std)|#if|#define|extern )")
    if(alone)
      list(APPEND sources ${file})
    else()
      list(APPEND wrapped ${file})
    endif()
  endforeach()

  list(LENGTH wrapped total)
  set(begin 0)
  while(begin LESS total)
    list(SUBLIST wrapped ${begin} ${size} files)
    set(includes "")
    set(bodies "")
    foreach(file IN LISTS files)
      cmake_path(GET file PARENT_PATH folder)
      file(STRINGS ${file} lines REGEX "^#include")
      foreach(line IN LISTS lines)
        if(line MATCHES "^#include \"(.*)\"" AND EXISTS ${folder}/${CMAKE_MATCH_1})
          set(line "#include \"${folder}/${CMAKE_MATCH_1}\"")
        endif()
        string(APPEND includes "${line}\n")
      endforeach()
      string(MAKE_C_IDENTIFIER ${file} id)
      string(APPEND bodies "namespace ${id} {\n#include \"${file}\"\n}\n")
    endforeach()
    set(source ${CMAKE_CURRENT_BINARY_DIR}/batch/${name}_${begin}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "${includes}${bodies}" @ONLY)
    list(APPEND sources ${source})
    math(EXPR begin "${begin} + ${size}")
  endwhile()
  set(${out} ${sources} PARENT_SCOPE)
endfunction()

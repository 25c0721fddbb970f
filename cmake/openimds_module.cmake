# openimds_module(NAME SOURCES … TESTS … DEPS … [PRECOMPILED …] [ONE_THREAD]): one folder of src/ as
# one library. ONE_THREAD: its tests have no threads, so ThreadSanitizer's build leaves them out.
#
# Makes openimds::NAME, and, if TESTS names files, the program openimds_NAME_test whose cases CTest
# knows one by one (with sanitizers: as one test). `frontends/imds` becomes openimds::frontends_imds.

add_library(openimds_warnings INTERFACE)
target_compile_features(openimds_warnings INTERFACE cxx_std_20)
target_compile_options(openimds_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor)
target_include_directories(openimds_warnings INTERFACE ${CMAKE_CURRENT_SOURCE_DIR}/src)
target_compile_definitions(openimds_warnings INTERFACE OPENIMDS_VERSION="${PROJECT_VERSION}")

find_program(OPENIMDS_CCACHE ccache)
if(OPENIMDS_CCACHE)
  # Without these ccache leaves every file alone that has a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros ${OPENIMDS_CCACHE})
endif()

option(OPENIMDS_FUZZ "Build the fuzz targets (clang only)" OFF)
option(OPENIMDS_BENCH "Build the benchmark programs" OFF)
set(OPENIMDS_SANITIZE "" CACHE STRING "Sanitizers to build with, as -fsanitize= takes them")
if(OPENIMDS_SANITIZE)
  add_compile_options(-fsanitize=${OPENIMDS_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${OPENIMDS_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC's flow analysis does not see through its own instrumentation; the other presets warn.
    # ThreadSanitizer does not model fences; Asio has them beside mutexes, which it does model.
    add_compile_options(-Wno-maybe-uninitialized -Wno-tsan)
  endif()
endif()

# openimds_precompiled(NAME HEADER LIBRARIES…): compiles cmake/precompiled/HEADER once;
# openimds_precompile(TARGET NAME) lets a target begin with it.
function(openimds_precompiled name header)
  add_library(openimds_precompiled_${name} OBJECT ${PROJECT_SOURCE_DIR}/cmake/precompiled/anchor.cc)
  target_link_libraries(openimds_precompiled_${name} PRIVATE openimds_warnings ${ARGN})
  target_precompile_headers(openimds_precompiled_${name} PRIVATE
    ${PROJECT_SOURCE_DIR}/cmake/precompiled/${header})
  openimds_preprocess_for_ccache(openimds_precompiled_${name})
endfunction()

function(openimds_precompile target name)
  target_precompile_headers(${target} REUSE_FROM openimds_precompiled_${name})
  # The compiler takes a precompiled header only with the definitions that it was made with.
  get_target_property(libraries openimds_precompiled_${name} LINK_LIBRARIES)
  target_link_libraries(${target} PRIVATE ${libraries})
  openimds_preprocess_for_ccache(${target})
endfunction()

function(openimds_preprocess_for_ccache target)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(${target} PRIVATE -fpch-preprocess)
  endif()
endfunction()

function(openimds_module name)
  cmake_parse_arguments(ARG "ONE_THREAD" "PRECOMPILED" "SOURCES;TESTS;DEPS" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED library)
  endif()
  string(REPLACE "/" "_" target ${name})
  add_library(openimds_${target} STATIC ${ARG_SOURCES})
  add_library(openimds::${target} ALIAS openimds_${target})
  target_link_libraries(openimds_${target} PUBLIC openimds_warnings ${ARG_DEPS})
  openimds_precompile(openimds_${target} ${ARG_PRECOMPILED})
  if(OPENIMDS_SANITIZE MATCHES thread AND ARG_ONE_THREAD)
    set(ARG_TESTS "")
  endif()
  if(BUILD_TESTING AND ARG_TESTS)
    add_executable(openimds_${target}_test ${ARG_TESTS})
    target_link_libraries(openimds_${target}_test PRIVATE openimds_${target} openimds_testing GTest::gmock_main)
    openimds_precompile(openimds_${target}_test test)
    if(OPENIMDS_SANITIZE)
      # One process for all: with a sanitizer, starting it costs more than most cases.
      add_test(NAME ${target} COMMAND openimds_${target}_test --gtest_brief=1)
      set_tests_properties(${target} PROPERTIES LABELS unit TIMEOUT 600)
    else()
      gtest_discover_tests(openimds_${target}_test TEST_PREFIX "${target}." DISCOVERY_TIMEOUT 60
                           PROPERTIES LABELS unit TIMEOUT 120)
    endif()
  endif()
endfunction()

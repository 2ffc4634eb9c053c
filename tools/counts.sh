#!/bin/sh
# Run by gotestsum after the tests: keeps the closing line of `make test`.
failed=$((TESTS_FAILED + TESTS_ERRORS))
echo "$((TESTS_TOTAL - failed - TESTS_SKIPPED)) passed, $failed failed, $TESTS_SKIPPED skipped" >"$(dirname "$0")/../bin/test-counts"

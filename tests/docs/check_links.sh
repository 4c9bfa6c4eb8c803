#!/usr/bin/env bash
# Every relative link of the Markdown pages leads somewhere, its heading included; every path of ours that a page names
# in `backticks`, and every page that a source file names, exists; the index lists every page.
#
#   check_links.sh [TOP]     TOP: the repository (default: this one)
#
# One line per broken link; the last line counts.
set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

broken=0
links=0

complain() {
	echo "$1"
	broken=$((broken + 1))
}

pages() {
	find . \( -path './build*' -o -path ./.git -o -name node_modules -o -path ./tests/data -o -path ./tests/fuzz/corpus \) -prune -o -name '*.md' -print | sed 's|^\./||' | LC_ALL=C sort
}

# The page without its blocks of code.
prose() {
	awk '/^[[:space:]]*```/ { code = !code; next } !code' "$1"
}

# The anchors that headings get: lower case, punctuation dropped, spaces become dashes.
anchors() {
	prose "$1" | sed -nE 's/^#+ +(.*)$/\1/p' | tr '[:upper:]' '[:lower:]' | sed -E 's/[^a-z0-9 _-]//g; s/ /-/g'
}

check_link() {
	local page=$1 target=$2 file anchor
	links=$((links + 1))
	file=${target%%#*}
	anchor=${target#"$file"}
	anchor=${anchor#\#}
	if [ -z "$file" ]; then
		file=$page
	else
		[[ $page == */* ]] && file=${page%/*}/$file
	fi
	if [ ! -e "$file" ]; then
		complain "$page: link to $target: there is no such file"
	elif [ -n "$anchor" ] && ! anchors "$file" | grep -qxF -- "$anchor"; then
		complain "$page: link to $target: there is no such heading"
	fi
}

# A path may end in a star, as in tests/unit/base/test_*.c, or in a line number.
check_path() {
	local page=$1 path=$2
	links=$((links + 1))
	if ! compgen -G "${path%%:*}" >/dev/null; then
		complain "$page: \`$path\` does not exist"
	fi
}

check_page() {
	local page=$1 target path
	while IFS= read -r target; do
		case $target in
		http://* | https://* | mailto:*) ;;
		*) check_link "$page" "$target" ;;
		esac
	done < <(prose "$page" | grep -oE '\]\([^) ]+\)' | sed -E 's/^\]\(//; s/\)$//')
	# shellcheck disable=SC2016
	while IFS= read -r path; do
		check_path "$page" "$path"
	done < <(prose "$page" | grep -oE '`(base|kube|mesos|translate|adapter|tests|docs|deploy|examples|tools)/[a-z0-9_./*-]*`' | tr -d '`')
}

# Comments of sources send readers to pages.
check_sources() {
	local line
	while IFS= read -r line; do
		links=$((links + 1))
		if [ ! -e "${line##*:}" ]; then
			complain "${line%%:*}: ${line##*:} does not exist"
		fi
	done < <(grep -roP '(?<!Mesos )docs/[a-z0-9/_-]+\.md' base kube mesos translate adapter tests deploy examples \
		--include='*.[ch]' --include='*.sh' --include='*.yaml' --exclude-dir=data --exclude-dir=corpus | LC_ALL=C sort -u)
}

check_index() {
	local page
	for page in docs/*.md docs/internals/*.md; do
		if [ "$page" != docs/README.md ] && ! grep -qF "](${page#docs/})" docs/README.md; then
			complain "docs/README.md: does not list ${page#docs/}"
		fi
	done
}

while IFS= read -r page; do
	check_page "$page"
done < <(pages)
check_sources
check_index
echo "$links links, $broken broken"
[ "$broken" -eq 0 ] && [ "$links" -gt 0 ]

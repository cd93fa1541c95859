#!/usr/bin/env bash
# Checks what is in this folder as far as that can be done without a cluster, a registry and a Docker daemon.
# What a missing tool leaves out is said; with ALL=1 it is a fault. Arguments go to pytest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bin=.venv/bin
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
left_out=()

step() {
    printf -- '-- %s\n' "$1"
    shift
    "$@"
}
has() {
    command -v "$1" >/dev/null || { left_out+=("$2 ($1 is not installed)") && false; }
}

step "image: hadolint" "$bin/hadolint" deploy/Dockerfile
step "scripts: shellcheck" "$bin/shellcheck" deploy/*.sh deploy/nginx/*.sh tests/*/*.sh .ci/run
step "YAML: yamllint" "$bin/yamllint" --strict --config-file deploy/yamllint.yaml deploy
step "compose: the schema of the Compose specification" "$bin/check-jsonschema" --builtin-schema vendor.compose-spec deploy/compose.yaml

if has kubectl "Kubernetes: kustomize and the schemas"; then
    step "Kubernetes: kustomize" kubectl kustomize deploy/kubernetes/example --output "$made/kubernetes.yaml"
    for version in 1.30 1.37; do
        step "Kubernetes: the schemas of $version" "$bin/kubernetes-validate" --strict --quiet --no-warn --kubernetes-version "$version" "$made/kubernetes.yaml"
    done
fi
if has systemd-analyze "the systemd unit"; then
    # The program itself is not installed here, and is not what is judged.
    sed 's|^ExecStart=/opt/spinemets/bin/gunicorn|ExecStart=/bin/true|' deploy/systemd/spinemets.service >"$made/spinemets.service"
    step "systemd: verify" systemd-analyze verify "$made/spinemets.service"
    step "systemd: exposure" systemd-analyze security --offline=true --threshold=15 --no-pager "$made/spinemets.service" | tail -1
fi
if has nginx "nginx in front of the service"; then
    step "nginx in front of the service" env DEPLOY=1 "$bin/python" -m pytest -q tests/deploy "$@"
fi

if ((${#left_out[@]})); then
    printf 'Left out: %s.\n' "${left_out[@]}"
    [[ -z ${ALL:-} ]]
fi

"""The manifests: what the restricted level of pod security asks for, and figures that fit those of the service."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from service.api.app import create_app
from service.api.settings import Settings
from service.server import gunicorn_conf
from tests.deploy.files import DEPLOY, documents, of_kind

POD = of_kind("StatefulSet", "base")[0]["spec"]["template"]["spec"]
CONTAINER = POD["containers"][0]
SETTINGS = Settings.from_environment({"SPINEMETS_CONFIG": str(DEPLOY / "kubernetes" / "example" / "settings.toml")})
LABEL = {"app.kubernetes.io/name": "spinemets"}


def test_every_file_of_a_folder_is_in_its_kustomization() -> None:
    for name in ("base", "example"):
        folder = DEPLOY / "kubernetes" / name
        kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))
        named = set(kustomization["resources"]) | {
            file for each in kustomization.get("configMapGenerator", ()) for file in each["files"]
        }
        assert named - {"../base"} == {path.name for path in folder.iterdir()} - {"kustomization.yaml"}


def test_the_namespace_enforces_the_restricted_level_of_pod_security() -> None:
    labels = of_kind("Namespace", "base")[0]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_pod_is_one_that_the_restricted_level_lets_in() -> None:
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert POD["securityContext"]["runAsUser"] == 10001
    assert POD["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert len(POD["containers"]) == 1
    assert "initContainers" not in POD
    context = CONTAINER["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(POD)
    assert all({"configMap", "secret", "emptyDir"} & set(volume) for volume in POD["volumes"])


def test_the_pod_has_no_token_of_the_cluster() -> None:
    assert POD["automountServiceAccountToken"] is False
    assert of_kind("ServiceAccount", "base")[0]["automountServiceAccountToken"] is False
    assert not {"Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"} & {
        each["kind"] for each in documents("base", "example")
    }


def test_a_stop_leaves_the_service_the_time_that_it_takes() -> None:
    waits = CONTAINER["lifecycle"]["preStop"]["exec"]["command"]
    assert waits[:2] == ["python", "-c"]
    before = int(waits[2].split("(")[1].rstrip(")"))
    assert POD["terminationGracePeriodSeconds"] >= before + gunicorn_conf.graceful_timeout + 5


def test_the_probes_wait_longer_than_what_they_wait_for() -> None:
    assert CONTAINER["readinessProbe"]["timeoutSeconds"] > Settings().ready_seconds
    assert CONTAINER["livenessProbe"]["timeoutSeconds"] > Settings().request_seconds
    starting = CONTAINER["startupProbe"]
    assert starting["periodSeconds"] * starting["failureThreshold"] >= 60
    assert starting["httpGet"]["path"] == CONTAINER["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert CONTAINER["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_there_are_as_many_workers_as_processors_are_asked_for() -> None:
    environment = {each["name"]: each["value"] for each in CONTAINER["env"]}
    assert CONTAINER["resources"]["requests"]["cpu"] == environment["WEB_CONCURRENCY"]
    assert "cpu" not in CONTAINER["resources"]["limits"]


def test_every_variable_of_the_service_is_a_setting_and_no_secret_is_among_them() -> None:
    known = {f"SPINEMETS_{name.upper()}" for name in Settings.__dataclass_fields__} | {"SPINEMETS_CONFIG"}
    environment = {each["name"]: each["value"] for each in CONTAINER["env"]}
    assert {name.removesuffix("_FILE") for name in environment} - {"WEB_CONCURRENCY"} <= known
    assert of_kind("Secret", "base", "example") == []
    assert all(environment[name].startswith("/") for name in environment if name != "WEB_CONCURRENCY")


def test_all_that_is_written_to_is_a_volume_and_what_is_fetched_later_is_not_spread_over_pods() -> None:
    mounted = {each["mountPath"]: each for each in CONTAINER["volumeMounts"]}
    assert [path for path, each in mounted.items() if not each.get("readOnly")] == ["/var/lib/spinemets", "/tmp"]
    tmp = next(each for each in POD["volumes"] if each["name"] == "tmp")
    assert tmp["emptyDir"]["medium"] == "Memory"
    assert SETTINGS.async_from_bytes > SETTINGS.max_body_bytes


def test_every_door_has_a_path_of_the_ingress_but_those_that_stay_inside() -> None:
    paths = [each for rule in of_kind("Ingress", "example")[0]["spec"]["rules"] for each in rule["http"]["paths"]]

    def is_led_in(rule: str) -> bool:
        return any(
            rule == each["path"] or (each["pathType"] == "Prefix" and rule.startswith(f"{each['path']}/"))
            for each in paths
        )

    doors = {rule.rule for rule in create_app(Settings()).url_map.iter_rules()}
    assert {door for door in doors if not is_led_in(door)} == {"/metrics", "/readyz"}


def test_nothing_comes_in_or_goes_out_but_what_a_policy_names() -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in of_kind("NetworkPolicy", "base", "example")}
    assert policies["nothing"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        rules: list[Any] = [*policy.get("ingress", ()), *policy.get("egress", ())]
        assert all((rule.get("from") or rule.get("to")) and rule["ports"] for rule in rules), name
    ports = {
        port["port"] for policy in policies.values() for rule in policy.get("ingress", ()) for port in rule["ports"]
    }
    assert ports == {CONTAINER["ports"][0]["containerPort"]}


@pytest.mark.parametrize("kind", ["Service", "PodDisruptionBudget", "NetworkPolicy", "StatefulSet"])
def test_every_selector_finds_the_pods(kind: str) -> None:
    for each in of_kind(kind, "base"):
        selector = each["spec"].get("selector") or each["spec"].get("podSelector")
        assert selector.get("matchLabels", selector) in (LABEL, {}), each["metadata"]["name"]
    assert of_kind("StatefulSet", "base")[0]["spec"]["template"]["metadata"]["labels"] == LABEL


def test_two_pods_at_least_serve_and_one_at_a_time_goes() -> None:
    scaling = of_kind("HorizontalPodAutoscaler", "base")[0]["spec"]
    assert scaling["minReplicas"] >= 2
    assert scaling["scaleTargetRef"]["kind"] == "StatefulSet"
    assert "replicas" not in of_kind("StatefulSet", "base")[0]["spec"]
    assert of_kind("PodDisruptionBudget", "base")[0]["spec"]["maxUnavailable"] == 1

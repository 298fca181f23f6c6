//! The table. A pod's spec stands in nine kinds, and the same fields name Secrets in each: the
//! rows for pods are all pairs of [`PODS`] and [`IN_PODS`].

use std::borrow::Cow;

use crate::site::{Origin, Site};
use InKustomize::{AnyVersion, No, Version1};

/// A kind that has a pod's spec, and where.
struct Pod {
    group: &'static str,
    kind: &'static str,
    spec: &'static str,
    kustomize: InKustomize,
}

/// Whether kustomize has rules for a kind that has a pod's spec.
#[derive(Clone, Copy)]
enum InKustomize {
    No,
    AnyVersion,
    Version1,
}

/// A field below a pod's spec.
struct InPod(&'static str, Origin);

/// A field of another kind: group, version, kind, path.
struct Other(
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    Origin,
);

const fn pod(
    group: &'static str,
    kind: &'static str,
    spec: &'static str,
    kustomize: InKustomize,
) -> Pod {
    Pod {
        group,
        kind,
        spec,
        kustomize,
    }
}

#[rustfmt::skip]
static PODS: [Pod; 9] = [
    pod("", "Pod", "spec", Version1),
    pod("", "PodTemplate", "template/spec", AnyVersion),
    pod("", "ReplicationController", "spec/template/spec", No),
    pod("apps", "Deployment", "spec/template/spec", AnyVersion),
    pod("apps", "ReplicaSet", "spec/template/spec", AnyVersion),
    pod("apps", "DaemonSet", "spec/template/spec", AnyVersion),
    pod("apps", "StatefulSet", "spec/template/spec", AnyVersion),
    pod("batch", "Job", "spec/template/spec", AnyVersion),
    pod("batch", "CronJob", "spec/jobTemplate/spec/template/spec", AnyVersion),
];

const KUSTOMIZE: Origin = Origin::Kustomize;

#[rustfmt::skip]
static IN_PODS: [InPod; 15] = [
    InPod("volumes/secret/secretName", KUSTOMIZE),
    InPod("containers/env/valueFrom/secretKeyRef/name", KUSTOMIZE),
    InPod("initContainers/env/valueFrom/secretKeyRef/name", KUSTOMIZE),
    InPod("containers/envFrom/secretRef/name", KUSTOMIZE),
    InPod("initContainers/envFrom/secretRef/name", KUSTOMIZE),
    InPod("imagePullSecrets/name", KUSTOMIZE),
    InPod("volumes/projected/sources/secret/name", KUSTOMIZE),
    InPod("volumes/csi/nodePublishSecretRef/name", Origin::Kubernetes("core/v1 CSIVolumeSource")),
    InPod("volumes/azureFile/secretName", Origin::Kubernetes("core/v1 AzureFileVolumeSource")),
    InPod("volumes/cephfs/secretRef/name", Origin::Kubernetes("core/v1 CephFSVolumeSource")),
    InPod("volumes/rbd/secretRef/name", Origin::Kubernetes("core/v1 RBDVolumeSource")),
    InPod("volumes/iscsi/secretRef/name", Origin::Kubernetes("core/v1 ISCSIVolumeSource")),
    InPod("volumes/flexVolume/secretRef/name", Origin::Kubernetes("core/v1 FlexVolumeSource")),
    InPod("volumes/scaleIO/secretRef/name", Origin::Kubernetes("core/v1 ScaleIOVolumeSource")),
    InPod("volumes/storageos/secretRef/name", Origin::Kubernetes("core/v1 StorageOSVolumeSource")),
];

/// An API server takes ephemeral containers in Pods only, not in templates.
const EPHEMERAL: Origin = Origin::Kubernetes("core/v1 EphemeralContainer");
const PV_CSI: Origin = Origin::Kubernetes("core/v1 CSIPersistentVolumeSource");
/// kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html
const STORAGE_CLASS_CSI: Origin =
    Origin::Kubernetes("kubernetes-csi: secrets and credentials in a StorageClass");

#[rustfmt::skip]
static OTHERS: [Other; 33] = [
    Other("", "", "Ingress", "spec/tls/secretName", KUSTOMIZE),
    Other("", "", "Ingress", r"metadata/annotations/ingress.kubernetes.io\/auth-secret", KUSTOMIZE),
    Other("", "", "Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-secret", KUSTOMIZE),
    Other("", "", "Ingress", r"metadata/annotations/nginx.ingress.kubernetes.io\/auth-tls-secret", KUSTOMIZE),
    Other("", "", "ServiceAccount", "imagePullSecrets/name", KUSTOMIZE),
    Other("", "", "StorageClass", "parameters/secretName", KUSTOMIZE),
    Other("", "", "StorageClass", "parameters/adminSecretName", KUSTOMIZE),
    Other("", "", "StorageClass", "parameters/userSecretName", KUSTOMIZE),
    Other("", "", "StorageClass", "parameters/secretRef", KUSTOMIZE),
    Other("", "", "Role", "rules/resourceNames", KUSTOMIZE),
    Other("", "", "ClusterRole", "rules/resourceNames", KUSTOMIZE),
    Other("serving.knative.dev", "v1", "Service", "spec/template/spec/containers/env/valueFrom/secretKeyRef/name", KUSTOMIZE),
    Other("", "", "PersistentVolume", "spec/azureFile/secretName", KUSTOMIZE),
    Other("", "v1", "Pod", "spec/ephemeralContainers/env/valueFrom/secretKeyRef/name", EPHEMERAL),
    Other("", "v1", "Pod", "spec/ephemeralContainers/envFrom/secretRef/name", EPHEMERAL),
    Other("", "v1", "ServiceAccount", "secrets/name", Origin::Kubernetes("core/v1 ServiceAccount")),
    Other("", "v1", "PersistentVolume", "spec/csi/nodePublishSecretRef/name", PV_CSI),
    Other("", "v1", "PersistentVolume", "spec/csi/nodeStageSecretRef/name", PV_CSI),
    Other("", "v1", "PersistentVolume", "spec/csi/controllerPublishSecretRef/name", PV_CSI),
    Other("", "v1", "PersistentVolume", "spec/csi/controllerExpandSecretRef/name", PV_CSI),
    Other("", "v1", "PersistentVolume", "spec/csi/nodeExpandSecretRef/name", PV_CSI),
    Other("", "v1", "PersistentVolume", "spec/cephfs/secretRef/name", Origin::Kubernetes("core/v1 CephFSPersistentVolumeSource")),
    Other("", "v1", "PersistentVolume", "spec/rbd/secretRef/name", Origin::Kubernetes("core/v1 RBDPersistentVolumeSource")),
    Other("", "v1", "PersistentVolume", "spec/iscsi/secretRef/name", Origin::Kubernetes("core/v1 ISCSIPersistentVolumeSource")),
    Other("", "v1", "PersistentVolume", "spec/flexVolume/secretRef/name", Origin::Kubernetes("core/v1 FlexPersistentVolumeSource")),
    Other("", "v1", "PersistentVolume", "spec/scaleIO/secretRef/name", Origin::Kubernetes("core/v1 ScaleIOPersistentVolumeSource")),
    Other("", "v1", "PersistentVolume", "spec/storageos/secretRef/name", Origin::Kubernetes("core/v1 StorageOSPersistentVolumeSource")),
    Other("storage.k8s.io", "v1", "StorageClass", r"parameters/csi.storage.k8s.io\/provisioner-secret-name", STORAGE_CLASS_CSI),
    Other("storage.k8s.io", "v1", "StorageClass", r"parameters/csi.storage.k8s.io\/controller-publish-secret-name", STORAGE_CLASS_CSI),
    Other("storage.k8s.io", "v1", "StorageClass", r"parameters/csi.storage.k8s.io\/node-stage-secret-name", STORAGE_CLASS_CSI),
    Other("storage.k8s.io", "v1", "StorageClass", r"parameters/csi.storage.k8s.io\/node-publish-secret-name", STORAGE_CLASS_CSI),
    Other("storage.k8s.io", "v1", "StorageClass", r"parameters/csi.storage.k8s.io\/controller-expand-secret-name", STORAGE_CLASS_CSI),
    Other("storage.k8s.io", "v1", "StorageClass", r"parameters/csi.storage.k8s.io\/node-expand-secret-name", STORAGE_CLASS_CSI),
];

pub(crate) fn rows() -> Vec<Site> {
    let pods = PODS.iter().flat_map(|pod| {
        IN_PODS.iter().map(|InPod(field, origin)| {
            let path = Cow::Owned(format!("{}/{field}", pod.spec));
            match (pod.kustomize, *origin) {
                (AnyVersion, KUSTOMIZE) => site("", "", pod.kind, path, KUSTOMIZE),
                (Version1, KUSTOMIZE) => site("", "v1", pod.kind, path, KUSTOMIZE),
                (No, KUSTOMIZE) => {
                    let origin = Origin::Kubernetes("core/v1 PodSpec");
                    site(pod.group, "v1", pod.kind, path, origin)
                }
                (_, origin) => site(pod.group, "v1", pod.kind, path, origin),
            }
        })
    });
    let others = OTHERS
        .iter()
        .map(|Other(group, version, kind, path, origin)| {
            site(group, version, kind, Cow::Borrowed(path), *origin)
        });
    pods.chain(others).collect()
}

fn site(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    path: Cow<'static, str>,
    origin: Origin,
) -> Site {
    let given = |text: &'static str| (!text.is_empty()).then_some(Cow::Borrowed(text));
    Site {
        group: given(group),
        version: given(version),
        kind: Cow::Borrowed(kind),
        path,
        origin,
    }
}

"""Account names that belong to services and appliances rather than to people."""

from __future__ import annotations

import re

_LISTED = """
root admin administrator adm daemon bin sys sync games man lp mail news uucp proxy www www-data backup list irc
gnats nobody sshd ftp ftpuser anonymous apache nginx httpd web webadmin webmaster www1 tomcat jboss wildfly
glassfish weblogic websphere mysql mariadb postgres postgresql oracle mongo mongodb redis elastic elasticsearch
kibana logstash cassandra neo4j couchdb influxdb memcached sa db2inst1 hadoop hdfs yarn spark flink kafka
zookeeper hive jenkins git gitlab gitlab-runner gitea svn nexus sonar bamboo teamcity docker dockeradmin kube
kubernetes k8s rancher vagrant ansible puppet chef deploy deployer deployment ci build runner nagios zabbix
icinga prometheus grafana monitor monitoring munin cacti splunk syslog ubuntu debian centos ec2-user fedora opc
azureuser cloud cloud-user pi odroid ubnt cisco mikrotik router switch vyos netscreen support supervisor service
guest test tester testuser user user1 operator operation manager postmaster hostmaster security info office
sales scan scanner print printer asterisk voip sip pbx teamspeak ts3 minecraft steam csgo gameserver squid vpn
openvpn wireguard radius samba smb nfs rsync bitcoin default system superuser superadmin sysadmin sysop master
demo student ldap dovecot postfix exim bind named ntp ceph openstack nova stack vnc nvidia telnet ssh sftp plex
emby kodi dev developer development staging prod production
"""
SERVICE_NAMES = frozenset(_LISTED.split())
_numbered = re.compile(r"[-_]?\d+$")


def is_service(name: str) -> bool:
    """Whether a name is a service's: as listed, also with a number behind it or in capitals."""
    plain = name.lower()
    return plain in SERVICE_NAMES or _numbered.sub("", plain) in SERVICE_NAMES

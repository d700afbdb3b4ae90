//! The structs of the C ABI with all their fields, once: for the check of their layout, and for the recorder.

/// Calls a macro with the list.
macro_rules! structs {
    ($then:ident) => {
        $then! {
            osisession_octets { data, length }
            osisession_connection_identifier { ss_user_reference, common_reference, additional_reference }
            osisession_old_connection { called_reference, calling_reference, common_reference,
                additional_reference }
            osisession_error_info { struct_size, status, layer, kind, octet_offset, reason, spdu, parameter,
                clause, state, event, octets, octets_length, reserved, text }
            osisession_event { struct_size, r#type, owner, user_data, present, flags, tokens, token_sides, reason,
                functional_units, versions, upper_limit_serial_number, tsdu_maximum_to_responder,
                tsdu_maximum_to_initiator, resync_type, second_resync_type, serial_number, second_serial_number,
                calling_selector, called_selector, connection_identifier, activity_identifier,
                old_activity_identifier, old_connection, error }
            osisession_spdu_context { struct_size, flags, version, upper_limit, tokens_known, available_tokens }
            osisession_spdu { struct_size, count, si, order, offset, length, user_data_offset, user_data_length,
                unit_count, leniencies, mnemonic, name }
            osisession_spdu_unit { struct_size, group, code, known, offset, value_offset, value_length, name,
                meaning }
            osisession_spdu_value { group, code, value }
            osisession_session_config { struct_size, flags, functional_units, versions, calling_t_selector,
                called_t_selector, max_tpdu_size, connect_timeout_ms, tim_ms, tpkt_header_timeout_ms,
                tsdu_timeout_ms, history, tsdu_reassembly, ssdu_reassembly, connect_user_data,
                queued_event_octets, queued_send_octets, answer_timeout_ms, tsdu_timeout_per_kib_ms,
                control_spdu_burst, control_spdu_rate, queued_expedited, min_tsdu_size, open_sync_points, trace,
                tls }
            osisession_log_line { struct_size, level, session, text, peer, error }
            osisession_endpoint_config { struct_size, flags, capture_file }
            osisession_counters { struct_size, reserved, calls, callers, callers_turned_away, callers_refused,
                established, released, aborted, octets_received, octets_sent }
            osisession_listener_config { struct_size, backlog, max_connecting, reserved, t_selector,
                session_selector, session, max_connecting_per_source, early_refusal_from }
            osisession_connect_params { struct_size, flags, present, functional_units, versions, token_sides,
                tsdu_maximum_to_responder, tsdu_maximum_to_initiator, upper_limit_serial_number, reserved,
                initial_serial_number, second_initial_serial_number, calling_selector, called_selector,
                connection_identifier, user_data }
            osisession_callbacks { struct_size, reserved, user_data, on_event, on_release }
            osisession_properties { struct_size, flags, functional_units, version, tsdu_maximum_to_responder,
                tsdu_maximum_to_initiator, available_tokens, owned_tokens, serial_numbers,
                receiving_serial_numbers, tsdus_sent, tsdus_received, octets_sent, octets_received, state, leniencies, forgiven }
            osisession_connect_response_params { struct_size, flags, present, functional_units, token_sides,
                please_tokens, tsdu_maximum_to_responder, tsdu_maximum_to_initiator, upper_limit_serial_number,
                reserved, initial_serial_number, second_initial_serial_number, responding_selector,
                connection_identifier, user_data }
            osisession_connect_reject_params { struct_size, present, reason, functional_units,
                connection_identifier, user_data }
            osisession_resynchronize_params { struct_size, present, resync_type, second_resync_type, token_sides,
                reserved, serial_number, second_serial_number, user_data }
            osisession_activity_resume_params { struct_size, present, activity_identifier,
                old_activity_identifier, serial_number, second_serial_number, old_connection, user_data }
            osisession_transport_request { struct_size, r#type, owner, header, user_data, expedited, reason }
            osisession_tls_config { struct_size, flags, min_version, max_version, certificate_chain, private_key,
                trust_anchors, crls, crl_count, certificate_chain_file, private_key_file, trust_anchors_file,
                server_name }
            osisession_tls_info { struct_size, flags, version, peer_certificates, cipher_suite }
            osisession_scp_config { struct_size, flags, address, circuit, verification, demand, block_size,
                flow_control, retry_ms, connect_timeout_ms, outgoing_timeout_ms, incoming_timeout_ms,
                hello_ms, links, queued_send_octets, queued_receive_octets, message_octets }
            osisession_scp_account { user, password, account }
            osisession_scp_object { struct_size, number, name, accounts, account_count, max_links, reserved
                }
            osisession_scp_state { struct_size, up, links, neighbour_block_size, neighbour, octets_received,
                octets_sent, repeated }
            osisession_scp_connect_params { struct_size, flags, object_number, source_number, source_group,
                source_user, object_name, source_name, user, password, account, user_data }
            osisession_scp_event { struct_size, r#type, owner, reason, flags, user_data, error, node,
                node_name, object_number, source_number, source_group, source_user, object_name,
                source_name, user, password, account }
            osisession_diagnosis { struct_size, cause, layer, stage, flags, kind, octet, reason, word, pdu, clause,
                summary, wants, tries, sent, received }
            osisession_zip_node_config { struct_size, flags, segment, node, enquiries,
                enquiry_interval_ms, net_info_tries, net_info_interval_ms, router_age_ms,
                request_tries, request_interval_ms, lookup_tries, lookup_interval_ms,
                echo_timeout_ms, answers_per_second, zones, found, names, requests, lookups }
            osisession_zip_state { struct_size, state, network, node, range_start, range_end,
                router_network, router_node, zone_length, names, zone, zone_text, received,
                malformed, ignored, limited, failures }
            osisession_zip_name { octets, text }
            osisession_zip_entity { object, r#type, zone, network, node, socket, enumerator }
            osisession_zip_event { struct_size, r#type, owner, number, call, flags, port, network,
                node, range_start, range_end, known_start, known_end, router_network, router_node,
                count, zone, old_zone, zones, zone_count, entities, entity_count, data, error }
            osisession_zip_port { segment, range_start, range_end, zones, zone_count, node, reserved
                }
            osisession_zip_router_config { struct_size, flags, ports, port_count, enquiries,
                enquiry_interval_ms, send_interval_ms, validity_ms, query_interval_ms,
                verify_interval_ms, verify_tries, bringback_ms, routes, zones, answers_per_second,
                reserved }
            osisession_zip_routing { struct_size, routes, zones, reserved, received, malformed,
                ignored, forwarded, unroutable, hops_exceeded, limited, queries, answered, failures
                }
            osisession_zip_port_state { struct_size, state, network, node, range_start, range_end }
            osisession_zip_route { range_start, range_end, distance, port, next_network, next_node,
                state, flags, zones, zone_count }
            osisession_zip_tables { struct_size, reserved, owner, routes, route_count, zones,
                zone_count }
            osisession_rpc_client_config { struct_size, flags, session, calling_selector, called_selector,
                user_data, association, max_message, max_open, trip_after, first_delay_ms, longest_delay_ms,
                open_within_ms, open_circuit_ms, idle_after_ms, reserved, journal }
            osisession_rpc_outcome { struct_size, kind, owner, id, code, why, data, error }
            osisession_rpc_params { struct_size, flags, timeout_ms, on_outcome, user_data }
            osisession_rpc_state { struct_size, state, circuit, failures, waiting, last_status, next_ms,
                association }
            osisession_rpc_event { struct_size, r#type, circuit, failures, next_ms, error }
            osisession_rpc_server_config { struct_size, flags, listener, user_data, max_message,
                max_waiting_octets, max_waiting, threads, max_executing, max_clients, remember_ms,
                answer_within_ms, journal }
            osisession_rpc_incoming_info { struct_size, flags, id, data, association }
            osisession_journal_change { dialogue, records, record_count, replaces, reserved }
            osisession_journal_store { struct_size, flags, user_data, open, close, commit, remove, dialogues, end }
            osisession_durable_caller { struct_size, reserved, id, address, identity, called_selector, calling_selector, user_data }
            osisession_durable_config { struct_size, flags, durability, idle_after_ms, session, max_message, outbox_octets, outbox_messages, inbox_messages, max_dialogues, max_dialogues_per_peer, first_delay_ms, longest_delay_ms, on_caller, cursor, on_news, user_data }
            osisession_durable_dial_params { struct_size, reserved, label, called_t_selector, calling_t_selector, called_selector, calling_selector }
            osisession_dialogue_state { struct_size, state, id, initiator, attempts, epoch, next_ms, sent, accepted, confirmed, confirmed_octets, unconfirmed_octets, received, committed, events_lost, error }
            osisession_dialogue_message { struct_size, reserved, owner, position, data }
            osisession_dialogue_event { struct_size, r#type, epoch, position, attempt, reserved, error }
        }
    };
}
pub(crate) use structs;
